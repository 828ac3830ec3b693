// JSON Web Tokens (RFC 7519): three parts of base64url, or the five of an encrypted one, whose
// first decodes to a JSON object with "alg".
#include <array>
#include <nlohmann/json.hpp>

#include "policy/mask/limits.h"
#include "policy/mask/verify.h"

namespace sallyport::mask {
namespace {

struct Header {
  bool usable = false;
  bool unsecured = false;  // alg none: the signature may be empty
  bool encrypted = false;
};

// Lenient about bits left over: libraries differ there.
std::string decode(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (char c : text) {
    std::uint32_t value = 63;
    if (is_upper(c)) value = static_cast<std::uint32_t>(c - 'A');
    if (is_lower(c)) value = static_cast<std::uint32_t>(c - 'a' + 26);
    if (is_digit(c)) value = static_cast<std::uint32_t>(c - '0' + 52);
    if (c == '-') value = 62;
    bits = bits << 6 | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(bits >> held & 0xFF));
  }
  return out;
}

Header read_header(std::string_view encoded) {
  Header header;
  const nlohmann::json json = nlohmann::json::parse(decode(encoded), nullptr, false);
  if (!json.is_object() || !json.contains("alg")) return header;
  header.usable = true;
  header.encrypted = json.contains("enc");
  const auto& algorithm = json["alg"];
  if (algorithm.is_string()) {
    std::string name = algorithm.get<std::string>();
    for (char& c : name) c = to_lower(c);
    header.unsecured = name == "none";
  }
  return header;
}

// The parts' ends: of as many as there are, at most five.
struct Parts {
  std::array<std::size_t, 5> start{};
  std::array<std::size_t, 5> end{};
  std::size_t count = 0;
  bool too_long = false;
};

Parts read_parts(Text& text, std::size_t at) {
  Parts parts;
  const std::size_t limit = at + kJwtBytes;
  while (parts.count < parts.end.size()) {
    parts.start[parts.count] = at;
    at = text.run_end(at, limit, is_base64url);
    parts.end[parts.count++] = at;
    parts.too_long = at == limit;
    if (parts.too_long || text.at(at) != '.') break;
    ++at;
  }
  return parts;
}

std::size_t token_end(const Header& header, const Parts& parts) {
  auto empty = [&parts](std::size_t i) { return parts.end[i] == parts.start[i]; };
  if (parts.count < 3 || empty(1)) return 0;
  if (parts.count == 5 && header.encrypted && !empty(2) && !empty(3) && !empty(4))
    return parts.end[4];
  return empty(2) && !header.unsecured ? 0 : parts.end[2];
}

}  // namespace

bool continues_jwt(char c) { return is_base64url(c) || c == '.'; }

Span find_jwt(Text& text, std::size_t anchor) {
  const Span none{anchor, anchor};
  const char before = text.before(anchor);
  if (is_base64url(before) && (before == '-' || !word_begins(text.bytes(), anchor))) return none;
  const std::size_t header_end = text.run_end(anchor, anchor + kJwtHeaderBytes, is_base64url);
  // {"alg":""} takes 14 characters.
  if (text.at(header_end) != '.' || header_end - anchor < 14) return none;
  const Header header = read_header(text.bytes().substr(anchor, header_end - anchor));
  if (!header.usable) return none;
  const Parts parts = read_parts(text, anchor);
  if (parts.too_long) {
    const std::size_t end = text.run_end(parts.end[parts.count - 1], text.size(), continues_jwt);
    return {anchor, end, true};
  }
  const std::size_t end = token_end(header, parts);
  return end == 0 ? none : Span{anchor, end};
}

}  // namespace sallyport::mask
