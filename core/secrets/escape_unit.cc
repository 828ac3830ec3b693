#include "core/secrets/escape_unit.h"

#include <algorithm>

namespace sallyport::secrets {
namespace {

using State = EscapeUnit::State;

// Digits of a number in an entity: leading zeros are allowed, but not for ever.
constexpr std::size_t kEntityDigits = 8;

int digit(char c, int base) {
  int value = base;
  if (c >= '0' && c <= '9') value = c - '0';
  if (c >= 'a' && c <= 'f') value = c - 'a' + 10;
  if (c >= 'A' && c <= 'F') value = c - 'A' + 10;
  return value < base ? value : -1;
}

// As many digits as `count`, or fewer when the text ends before.
struct Number {
  std::size_t digits = 0;
  std::uint32_t value = 0;
};

Number number(std::string_view text, std::size_t count, int base) {
  Number out;
  while (out.digits < count && out.digits < text.size() && digit(text[out.digits], base) >= 0)
    out.value = out.value * static_cast<std::uint32_t>(base) +
                static_cast<std::uint32_t>(digit(text[out.digits++], base));
  return out;
}

EscapeUnit byte_unit(std::uint32_t byte, std::size_t length) {
  EscapeUnit unit{State::kUnit, length, 1, {}, {}};
  unit.bytes[0] = static_cast<unsigned char>(byte);
  return unit;
}

// In UTF-8 (RFC 3629 §3).
EscapeUnit character_unit(std::uint32_t code, std::size_t length) {
  if (code < 0x80) return byte_unit(code, length);
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
  EscapeUnit unit{State::kUnit, length, 0, {}, {}};
  if (code < 0x100) unit.as_byte = static_cast<unsigned char>(code);
  const int following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  const std::uint32_t lead = following == 1 ? 0xC0 : following == 2 ? 0xE0 : 0xF0;
  unit.bytes[unit.count++] = static_cast<unsigned char>(lead | code >> (6 * following));
  for (int i = following - 1; i >= 0; --i)
    unit.bytes[unit.count++] = static_cast<unsigned char>(0x80 | (code >> (6 * i) & 0x3F));
  return unit;
}

// After `skip` bytes come exactly `count` hexadecimal digits.
std::optional<std::uint32_t> hex(std::string_view text, std::size_t skip, std::size_t count,
                                 State& otherwise, bool complete) {
  const std::string_view rest = text.substr(std::min(skip, text.size()));
  const Number read = number(rest, count, 16);
  if (read.digits == count) return read.value;
  otherwise = read.digits == rest.size() && !complete ? State::kMore : State::kNone;
  return std::nullopt;
}

EscapeUnit unit_of(State state) { return {state, 0, 0, {}, {}}; }

// RFC 8259 §7: a character outside the basic plane is two of them.
EscapeUnit utf16_unit(std::string_view text, bool complete) {
  State state = State::kNone;
  const auto first = hex(text, 2, 4, state, complete);
  if (!first) return unit_of(state);
  if (*first < 0xD800 || *first >= 0xDC00) return character_unit(*first, 6);
  for (std::size_t i = 6; i < 8; ++i) {
    if (i == text.size()) return unit_of(complete ? State::kNone : State::kMore);
    if (text[i] != "\\u"[i - 6]) return {};
  }
  const auto second = hex(text, 8, 4, state, complete);
  if (!second) return unit_of(state);
  if (*second < 0xDC00 || *second >= 0xE000) return {};
  return character_unit(0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00), 12);
}

EscapeUnit backslash_unit(std::string_view text, bool complete) {
  if (text.size() < 2) return unit_of(complete ? State::kNone : State::kMore);
  switch (text[1]) {
    case '"':
    case '\'':
    case '\\':
    case '/':
      return byte_unit(static_cast<unsigned char>(text[1]), 2);
    case 'b':
      return byte_unit('\b', 2);
    case 'f':
      return byte_unit('\f', 2);
    case 'n':
      return byte_unit('\n', 2);
    case 'r':
      return byte_unit('\r', 2);
    case 't':
      return byte_unit('\t', 2);
    case 'u':
      return utf16_unit(text, complete);
    case 'x': {
      State state = State::kNone;
      const auto byte = hex(text, 2, 2, state, complete);
      return byte ? byte_unit(*byte, 4) : unit_of(state);
    }
    default:
      return {};
  }
}

EscapeUnit numbered_entity(std::string_view text, bool complete) {
  const bool in_hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  const std::size_t from = in_hex ? 3 : 2;
  const std::string_view rest = text.substr(std::min(from, text.size()));
  const Number read = number(rest, kEntityDigits, in_hex ? 16 : 10);
  if (read.digits == rest.size()) return unit_of(complete ? State::kNone : State::kMore);
  if (read.digits == 0 || rest[read.digits] != ';') return {};
  return character_unit(read.value, from + read.digits + 1);
}

EscapeUnit entity_unit(std::string_view text, bool complete) {
  if (text.starts_with("&#")) return numbered_entity(text, complete);
  struct Named {
    std::string_view name;
    char means;
  };
  static constexpr Named kNamed[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  for (const Named& entity : kNamed) {
    if (text.starts_with(entity.name))
      return byte_unit(static_cast<unsigned char>(entity.means), entity.name.size());
    if (!complete && entity.name.starts_with(text)) return unit_of(State::kMore);
  }
  return {};
}

}  // namespace

EscapeUnit escape_unit(std::string_view text, bool complete) {
  switch (text.front()) {
    case '%': {
      State state = State::kNone;
      const auto byte = hex(text, 1, 2, state, complete);
      return byte ? byte_unit(*byte, 3) : unit_of(state);
    }
    case '+':
      return byte_unit(' ', 1);
    case '\\':
      return backslash_unit(text, complete);
    case '&':
      return entity_unit(text, complete);
    default:
      return {};
  }
}

}  // namespace sallyport::secrets
