// What the echo guard looks for: a value in one of its codings, as symbols that do not depend on
// the spelling (either case of hex, either alphabet of base64). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/config/secret.h"

namespace sallyport::secrets {

enum class Coding : std::uint8_t { kPlain, kBase64, kHex };

// Symbols of bytes in a coding: the byte itself, or the bits it stands for. A line break between
// two symbols of base64 is a gap (RFC 2045 §6.8).
inline constexpr std::int16_t kNoSymbol = -1;
inline constexpr std::int16_t kGap = -2;
using SymbolTable = std::array<std::int16_t, 256>;
const SymbolTable& symbols_of(Coding coding);

struct Needle {
  Coding coding = Coding::kPlain;
  // Bits of the first and the last symbol that are the value's own; its neighbours have the others.
  std::uint8_t first_bits = 0xFF;
  std::uint8_t last_bits = 0xFF;
  config::SecretBytes symbols;

  std::size_t size() const { return symbols.view().size(); }
  std::uint8_t bits(std::size_t index) const {
    const std::uint8_t first = index == 0 ? first_bits : 0xFF;
    return index + 1 == size() ? first & last_bits : first;
  }
  bool accepts(std::size_t index, std::int16_t symbol) const {
    const auto wanted = static_cast<unsigned char>(symbols.view()[index]);
    return symbol >= 0 && ((symbol ^ wanted) & bits(index) & own_bits()) == 0;
  }
  // The symbols that are known in full.
  std::size_t whole_from() const { return is_whole(first_bits) ? 0 : 1; }
  std::size_t whole_count() const { return size() - whole_from() - (is_whole(last_bits) ? 0 : 1); }
  // Spellings of a symbol: two of some in hex and base64, else the same.
  static constexpr std::size_t kSpellings = 2;
  char spelt(std::size_t index, std::size_t spelling) const;

 private:
  std::uint8_t own_bits() const {
    return coding == Coding::kPlain ? 0xFF : coding == Coding::kBase64 ? 0x3F : 0x0F;
  }
  bool is_whole(std::uint8_t bits) const { return (bits & own_bits()) == own_bits(); }
};

std::vector<Needle> needles_of(std::span<const std::string_view> secrets);

}  // namespace sallyport::secrets
