// Which version of its target's credential a session works with, told to the record before the
// first command goes out with it: the event `cred.injected`. Commands that follow in the log used
// the same, until another such event of the session. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/masking.h"
#include "core/net/awaitable.h"
#include "core/net/one_shot.h"
#include "core/recorder.h"

namespace sallyport {

class Session;

// Tells one value of a credential from another, without saying anything about it.
struct CredentialId {
  std::string reference;         // "secret:crm", "file:/etc/crm.token"
  std::uint32_t version = 0;     // of a sealed secret; 0: it has no versions
  std::uint64_t generation = 0;  // else: grows within this run with each new value
  bool operator==(const CredentialId&) const = default;
};

class CredentialUse {
 public:
  // Returns when the event is durable: at once when it was before. kNotRecorded: it is not, and
  // nothing may be sent with the credential.
  // `guard` overwrites the value (HeldSecret::guard): from here on it is part of guard(), and of
  // what the session's recording passes.
  net::Awaitable<Result<void>> tell(Recorder& recorder, const Session& session, CredentialId id,
                                    std::shared_ptr<const Masking> guard);

  // Overwrites what was told of so far, wherever it comes back; null when that is nothing.
  std::shared_ptr<const Masking> guard() const;

 private:
  using Told = net::OneShot<Result<void>>;
  // One telling, which others of the session wait for.
  struct Telling {
    explicit Telling(CredentialId which) : id(std::move(which)) {}
    const CredentialId id;
    std::optional<Result<void>> result;
    std::vector<Told> waiting;
  };
  class Settle;
  void add_guard(const std::shared_ptr<const Masking>& guard);
  // A telling that the caller is to begin; or null: it was told, or is being told and then
  // `wait_for` says when.
  std::shared_ptr<Telling> find(const CredentialId& id, std::optional<Told>& wait_for);

  mutable std::mutex mutex_;       // of the members of the telling, too
  std::shared_ptr<Telling> last_;  // shared with the one who tells
  // Shared with the sources of the secrets, and with those who mask. The newest last.
  std::deque<std::shared_ptr<const Masking>> guards_;
  std::shared_ptr<const Masking> guard_;  // all of them in turn
};

}  // namespace sallyport
