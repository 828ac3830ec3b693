// The target's own credential, in the place where the target wants it. Pure.
#pragma once

#include <string>

#include "core/config/secret.h"
#include "core/result.h"

namespace sallyport::http {

enum class CredentialPlace { kHeader, kBasic, kQuery };

// Ready to be put into a request.
struct Credential {
  bool in_query = false;
  std::string name;           // of the field or the query parameter
  config::SecretBytes value;  // a query parameter's is percent-encoded
};

// What the configuration says of it beside the secret.
struct CredentialForm {
  CredentialPlace place = CredentialPlace::kHeader;
  std::string name;  // the field, the user name (kBasic), or the query parameter
};

// `secret` has the reference's literal prefix. kInvalid: it cannot stand there.
Result<Credential> make_credential(const CredentialForm& form, config::SecretBytes secret);

}  // namespace sallyport::http
