// The broker's SSH user CA. Its key is made when it is first needed and kept sealed in the store
// like a secret. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "core/config/secret.h"
#include "core/identity/ssh_ca_key.h"
#include "core/net/awaitable.h"
#include "core/net/one_shot.h"
#include "core/secret_vault.h"

namespace sallyport::identity {

// The secret that holds the key; names that begin so are not for people.
inline constexpr std::string_view kSshCaSecret = "sallyport.ssh-user-ca";

class SshCa {
 public:
  // Keeps the key under kSshCaSecret; durable when it returns.
  using Keep = std::function<net::Awaitable<Result<void>>(config::SecretBytes seed)>;
  using Key = std::shared_ptr<const SshCaKey>;  // shared with certificates being signed

  // `vault` outlives this.
  SshCa(const SecretVault& vault, Keep keep) : vault_(vault), keep_(std::move(keep)) {}

  // kNotRecorded: there is none yet and the store is down. An error of the vault is one of the key.
  net::Awaitable<Result<Key>> key();

 private:
  using Waiting = net::OneShot<Result<Key>>;
  class Making;
  std::optional<Waiting> wait_or_make();
  net::Awaitable<Result<Key>> open_or_make();

  const SecretVault& vault_;
  const Keep keep_;
  std::mutex mutex_;
  Key key_;
  bool making_ = false;
  std::vector<Waiting> waiting_;
};

}  // namespace sallyport::identity
