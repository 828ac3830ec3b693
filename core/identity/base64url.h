// base64url without padding (RFC 4648 §5, RFC 7515 §2), strictly: no padding, no white space, no
// other alphabet, and no bits left over at the end, so that every text has at most one value and
// every value one text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::identity {

std::optional<std::string> base64url_decode(std::string_view text);
std::string base64url_encode(std::string_view bytes);

}  // namespace sallyport::identity
