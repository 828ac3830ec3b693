#include "tools/cli/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sallyport::cli {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  // 0: not UTF-8 here
};

unsigned byte_at(std::string_view s, std::size_t at) { return static_cast<unsigned char>(s[at]); }

// Strict UTF-8 (Unicode table 3-7): no overlong forms, no surrogates.
CodePoint code_point(std::string_view s, std::size_t at) {
  unsigned lead = byte_at(s, at);
  if (lead < 0x80) return {lead, 1};
  std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > s.size()) return {};
  char32_t value = lead & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    unsigned b = byte_at(s, at + i);
    if ((b & 0xC0) != 0x80) return {};
    value = value << 6 | (b & 0x3F);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kLeast[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, length};
}

// Characters that act on a terminal or reorder what a reader sees (bidirectional overrides, Unicode
// UAX #9; line and paragraph separators; the byte order mark; zero-width marks).
bool harmful(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

// Unicode UAX #11 and the general category Mn, by whole blocks.
std::size_t width(char32_t c) {
  struct Range {
    char32_t first;
    char32_t last;
    std::size_t width;
  };
  static constexpr std::array<Range, 15> kRanges = {{{0x300, 0x36F, 0},
                                                     {0x1100, 0x115F, 2},
                                                     {0x1AB0, 0x1AFF, 0},
                                                     {0x20D0, 0x20FF, 0},
                                                     {0x2E80, 0x303E, 2},
                                                     {0x3041, 0x4DBF, 2},
                                                     {0x4E00, 0xA4CF, 2},
                                                     {0xAC00, 0xD7A3, 2},
                                                     {0xF900, 0xFAFF, 2},
                                                     {0xFE00, 0xFE0F, 0},
                                                     {0xFE30, 0xFE6F, 2},
                                                     {0xFF01, 0xFF60, 2},
                                                     {0xFFE0, 0xFFE6, 2},
                                                     {0x1F300, 0x1FAFF, 2},
                                                     {0x20000, 0x3FFFD, 2}}};
  for (const Range& range : kRanges)
    if (c >= range.first && c <= range.last) return range.width;
  return 1;
}

std::string escape(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    CodePoint c = code_point(text, i);
    if (c.length == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte_at(text, i));
      ++i;
      continue;
    }
    if (keep_lines && (c.value == '\n' || c.value == '\t')) {
      out.push_back(static_cast<char>(c.value));
    } else if (keep_lines && c.value == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      // A line that ends in CR LF prints as a line; a lone CR could overwrite one and is escaped.
    } else if (c.value == '\n') {
      out += "\\n";
    } else if (c.value == '\r') {
      out += "\\r";
    } else if (c.value == '\t') {
      out += "\\t";
    } else if (harmful(c.value)) {
      if (c.value < 0x80) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned>(c.value));
      } else {
        fmt::format_to(std::back_inserter(out), "\\u{{{:04x}}}", static_cast<unsigned>(c.value));
      }
    } else {
      out.append(text, i, c.length);
    }
    i += c.length;
  }
  return out;
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string printable(std::string_view text) { return escape(text, true); }
std::string printable_line(std::string_view text) { return escape(text, false); }

std::size_t columns(std::string_view text) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = code_point(text, i);
    n += c.length == 0 ? 1 : width(c.value);
    i += std::max<std::size_t>(c.length, 1);
  }
  return n;
}

std::string table(const std::vector<std::string>& headings,
                  const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::string& heading : headings) widths.push_back(columns(heading));
  std::vector<std::vector<std::string>> cells;
  for (const auto& row : rows) {
    auto& safe = cells.emplace_back();
    for (std::size_t i = 0; i < headings.size(); ++i) {
      safe.push_back(i < row.size() ? printable_line(row[i]) : std::string());
      widths[i] = std::max(widths[i], columns(safe.back()));
    }
  }
  std::string out;
  auto line = [&](const std::vector<std::string>& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - columns(row[i]) + 2, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + '\n';
  };
  line(headings);
  for (const auto& row : cells) line(row);
  return out;
}

std::string hex_excerpt(std::string_view bytes, std::size_t limit) {
  std::string out;
  std::string_view shown = bytes.substr(0, limit);
  for (std::size_t at = 0; at < shown.size(); at += 16) {
    std::string_view row = shown.substr(at, 16);
    std::string hex;
    std::string ascii;
    for (char c : row) {
      fmt::format_to(std::back_inserter(hex), "{:02x} ", static_cast<unsigned char>(c));
      ascii.push_back(c >= 0x20 && c < 0x7f ? c : '.');
    }
    fmt::format_to(std::back_inserter(out), "{:08x}  {:<48} {}\n", at, hex, ascii);
  }
  return out;
}

bool is_text(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    CodePoint c = code_point(bytes, i);
    if (c.length == 0) return false;
    if (c.value < 0x20 && c.value != '\n' && c.value != '\r' && c.value != '\t') return false;
    if (c.value == 0x7F) return false;
    i += c.length;
  }
  return true;
}

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    unsigned word = byte_at(bytes, i) << 16;
    if (n > 1) word |= byte_at(bytes, i + 1) << 8;
    if (n > 2) word |= byte_at(bytes, i + 2);
    out.push_back(kBase64[word >> 18]);
    out.push_back(kBase64[word >> 12 & 63]);
    out.push_back(n > 1 ? kBase64[word >> 6 & 63] : '=');
    out.push_back(n > 2 ? kBase64[word & 63] : '=');
  }
  return out;
}

bool decode_base64(std::string_view text, std::string& bytes) {
  if (text.size() % 4 != 0) return false;
  bytes.clear();
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::size_t padding = 0;
    unsigned word = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      char c = text[i + j];
      if (c == '=' && i + 4 == text.size() && j >= 2) {
        ++padding;
        word <<= 6;
        continue;
      }
      std::size_t digit = kBase64.find(c);
      if (digit == std::string_view::npos || padding > 0) return false;
      word = word << 6 | static_cast<unsigned>(digit);
    }
    bytes.push_back(static_cast<char>(word >> 16));
    if (padding < 2) bytes.push_back(static_cast<char>(word >> 8 & 0xFF));
    if (padding < 1) bytes.push_back(static_cast<char>(word & 0xFF));
  }
  return true;
}

}  // namespace sallyport::cli
