// One linear pass over a text before PostgreSQL's parser sees it: what would cost the parser more
// than linear time or a deep stack stops here (limits.h). Follows the scanner's rules for strings,
// identifiers, dollar quotes and comments (PostgreSQL §4.1) with standard_conforming_strings on.
// Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "protocols/postgres/sql/limits.h"

namespace sallyport::postgres::sql {

// Empty when the text may be parsed; otherwise why not, in a few words.
std::string_view precheck(std::string_view text, std::size_t most_bytes = kTextBytes);

// Bytes that a server would refuse as UTF8 (RFC 3629), and NUL, which no text carries.
bool is_server_text(std::string_view text);

}  // namespace sallyport::postgres::sql
