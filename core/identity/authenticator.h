// Says who a bearer token speaks for. Verification needs no waiting: keys are in memory, refreshed
// by a thread of their own, and a token that was accepted is remembered by its SHA-256 until it
// expires. Thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "core/config/config.h"
#include "core/identity/limits.h"
#include "core/net/one_shot.h"
#include "core/principal.h"
#include "core/recorder.h"
#include "core/result.h"

namespace sallyport::identity {

// Why a credential was refused, with what it claimed: for the audit store and the log, never for
// the agent.
struct Rejection {
  // How far the credential got. Only kNotAuthentic counts toward a lock (login_guard.h).
  enum class Kind {
    kNone,          // none was shown, or one of a scheme that is not ours
    kNotAuthentic,  // nobody we trust made it, or it was altered, or it is spent
    kNotInForce,    // authentic; expired, not valid yet, for somebody else, without a due claim
    kUnverifiable,  // the issuer's keys are not at hand: nothing can be said about it
    kLocked,        // too many failed before it: it was not looked at
    kDisabled,      // authentic; the identity is shut out
  };
  std::string reason;
  // The issuer's name when it is one of ours, else as claimed, or empty; control bytes removed, at
  // most 256 bytes.
  std::string issuer;
  std::string subject;  // as claimed; likewise
  Kind kind = Kind::kNotAuthentic;
  // Held when the key that signed may be on its way: a login may wait for this, a few seconds at
  // most, and show its token once more.
  std::optional<net::OneShot<bool>> newer_keys;
};

// A refusal's newer_keys.
std::optional<net::OneShot<bool>> newer_keys(const std::variant<Principal, Rejection>& verdict);

struct AuthenticatorSettings {
  // Told of every change of an issuer's keys, on any thread.
  std::function<void(const Event&)> report;
  // How long the first fetch of an issuer's keys is waited for.
  std::chrono::milliseconds first_fetch_wait = kFirstFetchWait;
};

class Authenticator {
 public:
  // Loads the key sets: problems of files are errors; an unreachable provider is told of,
  // and its tokens are refused until the keys arrive.
  static Result<std::unique_ptr<Authenticator>> make(const std::vector<config::Issuer>& issuers,
                                                     const Clock& clock,
                                                     AuthenticatorSettings settings = {});
  ~Authenticator();

  // The principal, or why not.
  std::variant<Principal, Rejection> authenticate(std::string_view token) const;
  // The principal of a token that was accepted before and still would be; never a verification.
  std::optional<Principal> remembered(std::string_view token) const;
  // The same as authenticate() as of another time, without the memory of accepted tokens.
  std::variant<Principal, Rejection> authenticate_at(std::string_view token, WallTime now) const;

  // Whether a principal that was accepted would still be: its issuer is configured, and the key
  // that signed is in the issuer's last known set. An outage of the provider changes nothing here.
  // One without a key id (a ticket's, say) is judged by its issuer alone.
  bool vouches(const Principal& principal) const;
  // Grows whenever issuers or keys change; while it stands still, so does every answer of
  // vouches().
  std::uint64_t generation() const;

  // A reload: the same problems as make(), and then nothing changes.
  Result<void> replace(const std::vector<config::Issuer>& issuers);

 private:
  struct Impl;
  explicit Authenticator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport::identity
