// Text for a terminal. What was recorded came from agents and targets, so nothing of it may reach a
// terminal as a control sequence. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sallyport::cli {

// Control characters (C0, DEL, C1) and the Unicode marks that reorder text become \xNN or \u{NNNN};
// bytes that are not UTF-8 become \xNN. Line breaks and tabs are kept.
std::string printable(std::string_view text);
// The same, with line breaks and tabs escaped as well: for one cell or one line.
std::string printable_line(std::string_view text);

// How many columns of a terminal a text that went through printable_line() takes: two for what
// East Asian typography makes wide, and emoji; none for marks that combine with what is before.
std::size_t columns(std::string_view text);

// Rows under headings, columns aligned with two spaces between; each cell made printable and the
// cells of the last column left as long as they are.
std::string table(const std::vector<std::string>& headings,
                  const std::vector<std::vector<std::string>>& rows);

// Offset, sixteen bytes and their ASCII per line, for at most `limit` bytes.
std::string hex_excerpt(std::string_view bytes, std::size_t limit);

// Valid UTF-8 without control characters other than tab, CR and LF: worth printing as text.
bool is_text(std::string_view bytes);

std::string base64(std::string_view bytes);
// Nothing when the text is not base64 (RFC 4648 §4, padding required).
bool decode_base64(std::string_view text, std::string& bytes);

}  // namespace sallyport::cli
