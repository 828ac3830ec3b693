// Where the values behind secret references come from while the broker serves. Sealed secrets are
// opened at each use, so that a new version is used at once; the environment, files and programs
// are asked again after a few seconds, never on an I/O thread and once however many want the value.
// There is no falling back to an older value. What fails and what works again is logged, by
// reference. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "core/credential_use.h"
#include "core/masking.h"
#include "core/net/awaitable.h"
#include "core/net/one_shot.h"
#include "core/net/runtime.h"
#include "core/secret_vault.h"

namespace sallyport::secrets {

struct HeldSecret {
  config::SecretBytes value;  // without the reference's prefix
  CredentialId id;
  // Overwrites the value wherever it comes back. Null: it is too short to be looked for.
  std::shared_ptr<const Masking> guard;
};
// Shared by those who use it and the source.
using SharedSecret = std::shared_ptr<const HeldSecret>;

class SecretSource {
 public:
  // Both outlive this, and whoever waits for get().
  SecretSource(const SecretVault& vault, const Clock& clock);
  ~SecretSource();

  // The error's detail names the reference and the cause, never the value; it is for the log and
  // the record, not for agents.
  net::Awaitable<Result<SharedSecret>> get(config::SecretReference reference);

 private:
  using Answer = net::OneShot<Result<SharedSecret>>;
  struct Entry {
    std::optional<Result<SharedSecret>> kept;
    MonoTime until{};
    SharedSecret last;  // tells a new value from the same one; never given out once it is over
    std::uint64_t generation = 0;
    bool fetching = false;
    bool failing = false;
    std::vector<Answer> waiting;
  };

  Result<SharedSecret> open_sealed(const config::SecretReference& reference);
  void fetch(const config::SecretReference& reference) noexcept;
  static SharedSecret hold(config::SecretBytes value, CredentialId id);
  void settle(const std::string& name, Result<config::SecretBytes>& fetched);
  static void report(const std::string& name, Entry& entry, const Error* error);

  const SecretVault& vault_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;  // by the reference's name
  net::WorkerPool workers_;                         // last: its jobs use all of the above
};

}  // namespace sallyport::secrets
