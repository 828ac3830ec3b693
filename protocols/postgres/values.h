// Values as the record shows them: PostgreSQL's text form, also of the common types that came in
// binary (PostgreSQL §55.7, each type's send function); everything else in binary as `\x` and
// hexadecimal digits. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/postgres/decoder.h"

namespace sallyport::postgres {

std::string value_text(std::uint32_t type, std::uint16_t format, std::string_view bytes);

// A JSON array of texts and nulls, for bound values and for rows; long values are cut and say so.
std::string values_json(const std::vector<BoundValue>& values,
                        const std::vector<std::uint32_t>& types);
void append_row_json(std::string& out, const std::vector<std::optional<std::string_view>>& cells,
                     const std::vector<OwnColumn>& columns);
// [{"name","type"}], with the type's OID where it has no name here.
std::string columns_json(const std::vector<OwnColumn>& columns);

// {"severity","sqlstate","message","detail","hint"} as the server said it.
std::string error_json(const ErrorFields& error);

}  // namespace sallyport::postgres
