// Which content can be read as text, and how, by its Content-Type (RFC 9110 §8.3). Pure.
#pragma once

#include <optional>
#include <string_view>

#include "core/masking.h"
#include "protocols/http/message.h"

namespace sallyport::http {

// Nothing: it cannot be read, or the fields contradict each other. Content without a type is read
// as plain text.
std::optional<TextFormat> text_format(const Fields& fields);

// Whether content that claims to be text does not begin like one: with the mark of UTF-16 or
// UTF-32, or with control characters, as compressed and binary forms do. Four bytes tell.
bool begins_like_no_text(std::string_view start);
inline constexpr std::size_t kTextStart = 4;

}  // namespace sallyport::http
