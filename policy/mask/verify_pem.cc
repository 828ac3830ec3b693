// Private keys in PEM (RFC 7468, RFC 1421, OpenSSH and OpenPGP alike), with line ends of any kind,
// also as a JSON string writes them.
#include <algorithm>

#include "policy/mask/limits.h"
#include "policy/mask/verify.h"

namespace sallyport::mask {
namespace {

constexpr std::string_view kDashes = "-----";
constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
// Of "ENCRYPTED PRIVATE KEY": no label in use is half as long.
constexpr std::size_t kLabelBytes = 64;

bool is_label(char c) { return is_upper(c) || is_digit(c) || c == ' '; }

bool follows(Text& text, std::size_t at, std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i)
    if (text.at(at + i) != word[i]) return false;
  return true;
}

// The end of a label of a private key at `at` with the dashes behind it, or 0.
std::size_t label_end(Text& text, std::size_t at) {
  const std::size_t end = text.run_end(at, at + kLabelBytes, is_label);
  if (!follows(text, end, kDashes)) return 0;
  const std::string_view label = text.bytes().substr(at, end - at);
  if (!label.ends_with("PRIVATE KEY") && !label.ends_with("PRIVATE KEY BLOCK")) return 0;
  return end + kDashes.size();
}

// Where the next five dashes are, or `limit`, or where the text ends.
std::size_t next_dashes(Text& text, std::size_t from, std::size_t limit) {
  const std::string_view bytes = text.bytes().substr(0, limit + kDashes.size());
  const std::size_t found = bytes.find(kDashes, from);
  if (found != std::string_view::npos) return found;
  text.at(limit + kDashes.size() - 1);  // they may still come
  return std::min(limit, text.size());
}

std::size_t count_base64(std::string_view body) {
  std::size_t count = 0;
  for (char c : body)
    if (is_base64(c)) ++count;
  return count;
}

}  // namespace

bool continues_pem(char c) {
  return is_base64(c) || c == '=' || c == '\n' || c == '\r' || c == '\\' || c == ' ' || c == '\t';
}

Span find_pem(Text& text, std::size_t anchor) {
  const Span none{anchor, anchor};
  if (!follows(text, anchor, kBegin)) return none;
  const std::size_t body = label_end(text, anchor + kBegin.size());
  if (body == 0) return none;
  const std::size_t limit = anchor + kPemBytes;
  const std::size_t dashes = next_dashes(text, body, limit);
  if (dashes < limit && follows(text, dashes, kEnd)) {
    const std::size_t end = label_end(text, dashes + kEnd.size());
    if (end != 0)
      return count_base64(text.bytes().substr(body, dashes - body)) < kPemBlockCharacters
                 ? none
                 : Span{anchor, end};
  }
  // No END line: what looks like a key counts, as far as it looks like one.
  const std::size_t looks = text.run_end(body, limit, continues_pem);
  if (count_base64(text.bytes().substr(body, looks - body)) < kPemCutCharacters) return none;
  if (looks < limit) return {anchor, looks};
  const std::size_t end = text.run_end(limit, text.size(), continues_pem);
  return {anchor, end, true};
}

}  // namespace sallyport::mask
