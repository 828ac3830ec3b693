#include "core/json_writer.h"

#include <fmt/format.h>

namespace sallyport {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool continues(std::string_view s, std::size_t at) {
  return at < s.size() && (static_cast<unsigned char>(s[at]) & 0xC0) == 0x80;
}

// The length of the well-formed UTF-8 sequence at `at` (Unicode table 3-7), or 0.
std::size_t sequence_length(std::string_view s, std::size_t at) {
  auto lead = static_cast<unsigned char>(s[at]);
  auto second = at + 1 < s.size() ? static_cast<unsigned char>(s[at + 1]) : 0;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(s, at + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (lead == 0xE0 && second < 0xA0) return 0;
    if (lead == 0xED && second > 0x9F) return 0;
    return continues(s, at + 1) && continues(s, at + 2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (lead == 0xF0 && second < 0x90) return 0;
    if (lead == 0xF4 && second > 0x8F) return 0;
    return continues(s, at + 1) && continues(s, at + 2) && continues(s, at + 3) ? 4 : 0;
  }
  return 0;
}

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
      append_escape(out, c);
      ++i;
    } else if (c < 0x80) {
      std::size_t end = i + 1;
      while (end < text.size()) {
        auto d = static_cast<unsigned char>(text[end]);
        if (d < 0x20 || d >= 0x7f || d == '"' || d == '\\') break;
        ++end;
      }
      out.append(text, i, end - i);
      i = end;
    } else if (std::size_t n = sequence_length(text, i); n == 0) {
      out += kReplacement;
      ++i;
    } else {
      std::string_view seq = text.substr(i, n);
      if (seq == "\xE2\x80\xA8") {
        out += "\\u2028";
      } else if (seq == "\xE2\x80\xA9") {
        out += "\\u2029";
      } else {
        out += seq;
      }
      i += n;
    }
  }
  out.push_back('"');
}

void JsonWriter::member(std::string_view key) {
  if (!first_) out_.push_back(',');
  first_ = false;
  if (key.data() == nullptr || key.empty()) return;
  append_json_string(out_, key);
  out_.push_back(':');
}

JsonWriter& JsonWriter::begin_object(std::string_view key) {
  member(key);
  out_.push_back('{');
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  out_.push_back('}');
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::begin_array(std::string_view key) {
  member(key);
  out_.push_back('[');
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  out_.push_back(']');
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view key, std::string_view value) {
  member(key);
  append_json_string(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(std::string_view key, std::uint64_t value) {
  member(key);
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

JsonWriter& JsonWriter::boolean(std::string_view key, bool value) {
  member(key);
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null(std::string_view key) {
  member(key);
  out_ += "null";
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view key, std::string_view json) {
  member(key);
  out_ += json;
  return *this;
}

}  // namespace sallyport
