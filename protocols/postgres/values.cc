#include "protocols/postgres/values.h"

#include <fmt/format.h>

#include "core/json_writer.h"
#include "protocols/postgres/limits.h"
#include "protocols/postgres/types.h"

namespace sallyport::postgres {
namespace {

void append_value(std::string& out, std::uint32_t type, std::uint16_t format,
                  std::string_view bytes) {
  const std::string_view kept = bytes.substr(0, kRecordedValue);
  std::string text = value_text(type, format, kept);
  if (kept.size() < bytes.size()) text += fmt::format("… ({} bytes)", bytes.size());
  append_json_string(out, text);
}

}  // namespace

std::string value_text(std::uint32_t type, std::uint16_t format, std::string_view bytes) {
  if (format == 0) return std::string(bytes);
  return text_of_binary(type, bytes).value_or(hexadecimal(bytes));
}

std::string values_json(const std::vector<BoundValue>& values,
                        const std::vector<std::uint32_t>& types) {
  std::string out = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out.push_back(',');
    if (out.size() > kRecordedValues) {
      append_json_string(out, fmt::format("… ({} more values)", values.size() - i));
      break;
    }
    if (!values[i].bytes) {
      out += "null";
    } else {
      append_value(out, i < types.size() ? types[i] : 0, values[i].format, *values[i].bytes);
    }
  }
  out.push_back(']');
  return out;
}

void append_row_json(std::string& out, const std::vector<std::optional<std::string_view>>& cells,
                     const std::vector<OwnColumn>& columns) {
  out.push_back('[');
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out.push_back(',');
    if (!cells[i]) {
      out += "null";
    } else {
      const bool described = i < columns.size();
      append_value(out, described ? columns[i].type : 0, described ? columns[i].format : 0,
                   *cells[i]);
    }
  }
  out += "]\n";
}

std::string columns_json(const std::vector<OwnColumn>& columns) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const OwnColumn& column : columns) {
    json.begin_object().text("name", column.name).text("type", type_name(column.type));
    json.end_object();
  }
  json.end_array();
  return out;
}

std::string error_json(const ErrorFields& error) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.text("severity", error.severity).text("sqlstate", error.sqlstate);
  json.text("message", error.message);
  if (!error.detail.empty()) json.text("detail", error.detail);
  if (!error.hint.empty()) json.text("hint", error.hint);
  json.end_object();
  return out;
}

}  // namespace sallyport::postgres
