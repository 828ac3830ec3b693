// One escape of a text, of whatever encoding it may be in: `%41`, `+`, `\n`, `\/`, `\x41`,
// `\u0041`,
// `&amp;`, `&#65;`, `&#x41;`. For finding bytes that somebody escaped in a way of his own, all ways
// at once. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sallyport::secrets {

// The bytes an escape may begin with; `+` is one, too, for those who look for a space.
inline constexpr std::string_view kEscapes = "%\\&";

struct EscapeUnit {
  enum class State : std::uint8_t { kNone, kMore, kUnit };
  State state = State::kNone;
  std::size_t length = 0;  // bytes of the text
  std::uint8_t count = 0;  // bytes it stands for
  std::array<unsigned char, 4> bytes{};
  // `\u00e9` is a character, and to some writers a byte.
  std::optional<unsigned char> as_byte;
};

// The escape that `text`, which is not empty, begins with. kMore: it may be one, but the text ends;
// never when `complete`.
EscapeUnit escape_unit(std::string_view text, bool complete);

}  // namespace sallyport::secrets
