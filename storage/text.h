// Text that goes into leaves and derived rows alike, made well-formed first, so that what is
// encoded and what is decoded again are the same.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sallyport::storage {

// Well-formed UTF-8 (Unicode table 3-7) of at most `limit` bytes: what is not becomes U+FFFD, and a
// text that is cut ends in U+2026.
std::string clean_text(std::string_view text, std::size_t limit);

}  // namespace sallyport::storage
