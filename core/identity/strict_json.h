// JSON as identity documents need it: a repeated member name at any depth is an error (two readers
// could take different ones, RFC 8725 §2.4), as are a byte order mark, a NUL, bytes that are not
// UTF-8 and what exceeds limits.h. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "core/result.h"

namespace sallyport::identity {

// Puts the document into `out`. The error says what is wrong without quoting the text.
Result<void> parse_strict_json(std::string_view text, nlohmann::json& out);

}  // namespace sallyport::identity
