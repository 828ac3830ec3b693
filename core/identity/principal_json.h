// A Principal as one line of JSON, for the places that have to bring it back later: the record of a
// ticket and our extension in an SSH certificate. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/principal.h"
#include "core/result.h"

namespace sallyport::identity {

// All but auth_method and credential_id, which belong to the credential that carries it.
// kUnsupported: longer than kPrincipalBytes.
Result<std::string> encode_principal(const Principal& principal);

// kMalformed: not what encode_principal writes.
Result<Principal> decode_principal(std::string_view json);

}  // namespace sallyport::identity
