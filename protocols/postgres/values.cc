#include "protocols/postgres/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "core/json_writer.h"
#include "protocols/postgres/limits.h"

namespace sallyport::postgres {
namespace {

enum class Form { kText, kBool, kInt, kFloat, kUuid, kJsonb, kOid };
struct Known {
  std::uint32_t oid;
  std::string_view name;
  Form form;
};
// pg_type.dat: the types that drivers send and ask for in binary. kText: binary is the text itself.
constexpr std::array<Known, 22> kKnown = {{{16, "boolean", Form::kBool},
                                           {19, "name", Form::kText},
                                           {20, "bigint", Form::kInt},
                                           {21, "smallint", Form::kInt},
                                           {23, "integer", Form::kInt},
                                           {25, "text", Form::kText},
                                           {26, "oid", Form::kOid},
                                           {114, "json", Form::kText},
                                           {142, "xml", Form::kText},
                                           {700, "real", Form::kFloat},
                                           {701, "double precision", Form::kFloat},
                                           {705, "unknown", Form::kText},
                                           {1042, "character", Form::kText},
                                           {1043, "character varying", Form::kText},
                                           {2950, "uuid", Form::kUuid},
                                           {3802, "jsonb", Form::kJsonb},
                                           {1082, "date", Form::kText},
                                           {1083, "time", Form::kText},
                                           {1114, "timestamp", Form::kText},
                                           {1184, "timestamptz", Form::kText},
                                           {1700, "numeric", Form::kText},
                                           {17, "bytea", Form::kText}}};
// Of these only the name is known: their binary form is another one.
constexpr std::array<std::uint32_t, 6> kNameOnly = {1082, 1083, 1114, 1184, 1700, 17};

const Known* find(std::uint32_t oid) {
  const auto found =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& one) { return one.oid == oid; });
  return found == kKnown.end() ? nullptr : &*found;
}

std::string hexadecimal(std::string_view bytes) {
  std::string out = "\\x";
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<std::uint8_t>(c));
  return out;
}

std::uint64_t unsigned_of(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

std::optional<std::string> integer(std::string_view bytes) {
  const std::uint64_t value = unsigned_of(bytes);
  if (bytes.size() == 2) return std::to_string(static_cast<std::int16_t>(value));
  if (bytes.size() == 4) return std::to_string(static_cast<std::int32_t>(value));
  if (bytes.size() == 8) return std::to_string(static_cast<std::int64_t>(value));
  return std::nullopt;
}

std::optional<std::string> decode(Form form, std::string_view bytes) {
  switch (form) {
    case Form::kText:
      return std::string(bytes);
    case Form::kBool:
      if (bytes.size() != 1) return std::nullopt;
      return bytes[0] == 0 ? "f" : "t";
    case Form::kInt:
      return integer(bytes);
    case Form::kOid:
      if (bytes.size() != 4) return std::nullopt;
      return std::to_string(unsigned_of(bytes));
    case Form::kFloat:
      if (bytes.size() == 4)
        return fmt::format("{}",
                           std::bit_cast<float>(static_cast<std::uint32_t>(unsigned_of(bytes))));
      if (bytes.size() == 8) return fmt::format("{}", std::bit_cast<double>(unsigned_of(bytes)));
      return std::nullopt;
    case Form::kUuid: {
      if (bytes.size() != 16) return std::nullopt;
      std::string out = hexadecimal(bytes).substr(2);
      for (const std::size_t at : {20u, 16u, 12u, 8u}) out.insert(at, "-");
      return out;
    }
    case Form::kJsonb:
      // A version number comes first.
      if (bytes.empty() || bytes[0] != 1) return std::nullopt;
      return std::string(bytes.substr(1));
  }
  return std::nullopt;
}

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
  const Known* known = find(type);
  const bool name_only = std::find(kNameOnly.begin(), kNameOnly.end(), type) != kNameOnly.end();
  if (known == nullptr || name_only) return hexadecimal(bytes);
  return decode(known->form, bytes).value_or(hexadecimal(bytes));
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
    const Known* known = find(column.type);
    json.begin_object();
    json.text("name", column.name);
    json.text("type", known ? std::string(known->name) : std::to_string(column.type));
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
