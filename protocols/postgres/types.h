// PostgreSQL's common types (pg_type.dat): what they are called, and how their values look in
// binary. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::postgres {

// As SQL writes it ("integer", "text[]"), or the OID where the type has no name here.
std::string type_name(std::uint32_t type);

// PostgreSQL's text form (with DateStyle ISO, and timestamptz in UTC) of a value in the type's
// binary form (PostgreSQL §55.7, each type's send function). Nothing: the type is not known here,
// or the bytes are none of its values.
std::optional<std::string> text_of_binary(std::uint32_t type, std::string_view bytes);

// The text form of a bytea: `\x` and hexadecimal digits.
std::string hexadecimal(std::string_view bytes);

}  // namespace sallyport::postgres
