// The target's own credential, in the place where the target wants it. Fetched when it is used and
// kept for a few seconds, so that a rotated secret takes effect without a reload and a busy target
// does not read its file for every request. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/clock.h"
#include "core/config/secret.h"
#include "core/result.h"

namespace sallyport::http {

enum class CredentialPlace { kHeader, kBasic, kQuery };

// Ready to be put into a request; shared by the requests under way and the source.
struct Credential {
  bool in_query = false;
  std::string name;           // of the field or the query parameter
  config::SecretBytes value;  // a query parameter's is percent-encoded
};

class CredentialSource {
 public:
  // `name`: the field, the user name (kBasic), or the query parameter.
  CredentialSource(CredentialPlace place, std::string name, config::SecretReference secret);

  // An error names the secret by its reference, never its value; there is no falling back to an
  // older value.
  Result<std::shared_ptr<const Credential>> current(MonoTime now) const;

  CredentialPlace place() const { return place_; }
  const std::string& name() const { return name_; }

 private:
  Result<std::shared_ptr<const Credential>> fetch() const;

  const CredentialPlace place_;
  const std::string name_;
  const config::SecretReference secret_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Credential> kept_;
  mutable MonoTime kept_until_{};
};

}  // namespace sallyport::http
