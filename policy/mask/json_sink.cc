#include "policy/mask/json_sink.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/json_writer.h"
#include "policy/mask/limits.h"

namespace sallyport::mask {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_border(char c) {
  return c == '"' || c == ',' || c == ':' || c == '{' || c == '}' || c == '[' || c == ']' ||
         is_json_space(c);
}

// Letters of literals, characters of numbers, bytes of a byte order mark.
bool may_be_scalar(char c) {
  return is_digit(c) ||
         std::string_view("+-.Etrufalsen\xEF\xBB\xBF").find(c) != std::string_view::npos;
}

// True when the number of quotes is odd; eight bytes at a time.
bool odd_quotes(std::string_view bytes) {
  constexpr std::uint64_t kLow = 0x7F7F7F7F7F7F7F7F;
  constexpr std::uint64_t kQuotes = 0x2222222222222222;
  std::uint64_t odd = 0;  // the highest bit of each byte
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    word ^= kQuotes;
    odd ^= ~(((word & kLow) + kLow) | word | kLow);
  }
  int count = std::popcount(odd);
  for (; i < bytes.size(); ++i) count += bytes[i] == '"' ? 1 : 0;
  return count % 2 == 1;
}

// What stands behind the last line end, which no string contains.
std::string_view last_line(std::string_view bytes) {
  const void* newline = ::memrchr(bytes.data(), '\n', bytes.size());
  if (newline == nullptr) return bytes;
  return bytes.substr(static_cast<std::size_t>(static_cast<const char*>(newline) - bytes.data()) +
                      1);
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  out.append(quoted, 1, quoted.size() - 2);
}

bool is_json_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_json_scalar(std::string_view text) {
  if (text == "true" || text == "false" || text == "null") return true;
  std::size_t at = 0;
  auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > from;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const std::size_t first = at;
  if (!digits() || (text[first] == '0' && at > first + 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < text.size() && to_lower(text[at]) == 'e') {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

void JsonSink::text(std::string_view bytes, std::string& out) {
  if (!in_string_ && (loose_ || !run_.empty())) {
    const std::size_t border = std::min(find_border(bytes), bytes.size());
    add_to_run(bytes.substr(0, border), bytes.substr(0, border), out);
    bytes.remove_prefix(border);
    if (bytes.empty()) return;
    end_run(out);
  }
  const std::string_view line = last_line(bytes);
  if (line.size() < bytes.size()) in_string_ = false;
  if (odd_quotes(line)) in_string_ = !in_string_;
  std::size_t run = bytes.size();
  if (!in_string_)
    while (run > 0 && !is_border(bytes[run - 1])) --run;
  out.append(bytes.substr(0, run));
  add_to_run(bytes.substr(run), bytes.substr(run), out);
}

void JsonSink::escape(std::string_view raw, std::string& out) {
  if (in_string_) {
    out.append(raw);
  } else {
    add_to_run(raw, raw, out);
  }
}

void JsonSink::hide(std::string_view raw, std::string_view replacement, bool fresh,
                    std::string& out) {
  if (in_string_) {
    if (fresh) append_json_escaped(out, replacement);
    return;
  }
  if (instead_.empty()) instead_ = replacement;
  add_to_run(raw, fresh ? replacement : std::string_view(), out);
}

std::size_t JsonSink::find_border(std::string_view bytes) const {
  if (in_string_) return bytes.find_first_of("\"\n");
  const auto* border = std::ranges::find_if(bytes, is_border);
  return border == bytes.end() ? bytes.npos : static_cast<std::size_t>(border - bytes.begin());
}

void JsonSink::add_to_run(std::string_view raw, std::string_view shown, std::string& out) {
  if (loose_) {
    out.append(shown);
    return;
  }
  run_.append(raw);
  shown_.append(shown);
  if (run_.size() <= kScalarBytes && std::ranges::all_of(raw, may_be_scalar)) return;
  out.append(shown_);
  run_.clear();
  shown_.clear();
  loose_ = true;
}

void JsonSink::end_run(std::string& out) {
  std::string_view scalar = run_;
  const bool marked = scalar.starts_with(kByteOrderMark);
  if (marked) scalar.remove_prefix(kByteOrderMark.size());
  if (!instead_.empty() && is_json_scalar(scalar)) {
    if (marked) out += kByteOrderMark;
    out += '"';
    append_json_escaped(out, instead_);
    out += '"';
  } else {
    out += shown_;
  }
  run_.clear();
  shown_.clear();
  instead_.clear();
  loose_ = false;
}

void JsonSink::finish(std::string& out) {
  end_run(out);
  in_string_ = false;
}

}  // namespace sallyport::mask
