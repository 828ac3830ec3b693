// UTF-8 as RE2 needs it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::policy {

// The value with each byte that is not part of well-formed UTF-8 (RFC 3629 §4) replaced by U+FFFD;
// nothing when it is well-formed as it is.
std::optional<std::string> repair_utf8(std::string_view value);

}  // namespace sallyport::policy
