#include "protocols/http/field_lines.h"

#include "protocols/http/characters.h"

namespace sallyport::http {
namespace {

WireError malformed(const char* detail) { return WireError{400, detail}; }

// Why the byte that stopped the name is not a colon.
WireError bad_name(std::string_view line, std::size_t at) {
  if (at == 0 && (line[0] == ' ' || line[0] == '\t')) {
    return malformed("a field line is folded");  // RFC 9112 §5.2
  }
  if (at == line.size()) return malformed("a field line has no colon");
  if (line[at] == ' ' || line[at] == '\t') {
    return malformed("white space in or after a field name");  // RFC 9112 §5.1
  }
  return malformed("a field name holds a forbidden character");
}

}  // namespace

std::optional<WireError> read_field_line(std::string_view line, Fields& fields) {
  std::size_t at = 0;
  while (at < line.size() && is(line[at], kToken)) ++at;
  if (at == line.size() || line[at] != ':') return bad_name(line, at);
  if (at == 0) return malformed("a field line has no name");
  const std::string_view value = trim(line.substr(at + 1));
  // RFC 9110 §5.5: CR, LF and NUL are never allowed; the other controls serve no one either.
  if (!all(value, kValue)) return malformed("a field value holds a control character");
  fields.add(std::string(line.substr(0, at)), std::string(value));
  return std::nullopt;
}

std::optional<WireError> read_field_lines(std::string_view block, Fields& fields,
                                          std::size_t limit) {
  while (!block.empty()) {
    const std::size_t end = block.find('\n');
    if (end == std::string_view::npos || end == 0 || block[end - 1] != '\r') {
      return malformed("a line does not end in CRLF");
    }
    if (fields.size() == limit) return WireError{431, "too many field lines"};
    if (auto error = read_field_line(block.substr(0, end - 1), fields)) return error;
    block.remove_prefix(end + 1);
  }
  return std::nullopt;
}

}  // namespace sallyport::http
