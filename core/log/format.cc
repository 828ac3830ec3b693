#include "core/log/format.h"

#include "core/json_writer.h"

namespace sallyport::log {
namespace {

std::string_view name_of(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "error";
}

std::string json_line(const Line& line) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.text("time", iso8601(line.time));
  json.text("level", name_of(line.level));
  json.text("message", line.message);
  for (const auto& field : line.fields) json.text(field.name, field.value);
  json.end_object();
  return out;
}

// Quoted and escaped as in JSON. The C1 controls U+0080 to U+009F, which terminals obey and JSON
// allows, are escaped too.
void append_quoted(std::string& out, std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  constexpr char kHex[] = "0123456789abcdef";
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    auto next = i + 1 < quoted.size() ? static_cast<unsigned char>(quoted[i + 1]) : 0;
    if (quoted[i] == '\xC2' && next >= 0x80 && next <= 0x9F) {
      out += "\\u00";
      out.push_back(kHex[next >> 4]);
      out.push_back(kHex[next & 15]);
      ++i;
    } else {
      out.push_back(quoted[i]);
    }
  }
}

bool plain(std::string_view text, bool spaces) {
  for (char c : text) {
    if (c == ' ' && spaces) continue;
    if (c <= ' ' || c > '~' || c == '"' || c == '\\' || (c == '=' && !spaces)) return false;
  }
  return !text.empty();
}

void append_value(std::string& out, std::string_view text, bool spaces) {
  if (plain(text, spaces)) {
    out += text;
  } else {
    append_quoted(out, text);
  }
}

std::string text_line(const Line& line) {
  std::string out = iso8601(line.time);
  out += ' ';
  out += name_of(line.level);
  out += ' ';
  append_value(out, line.message, true);
  for (const auto& field : line.fields) {
    out += ' ';
    append_value(out, field.name, false);
    out += '=';
    append_value(out, field.value, false);
  }
  return out;
}

}  // namespace

std::string format_line(Format format, const Line& line) {
  switch (format) {
    case Format::kText:
      return text_line(line);
    case Format::kJson:
      return json_line(line);
  }
  return {};
}

}  // namespace sallyport::log
