// Rows of the store's views as JSON, members named like the columns (INTERFACE section 6). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json_writer.h"
#include "storage/reader.h"

namespace sallyport::cli {

// Each writes the members into an object that is open, so that a caller can add its own.
void write_members(JsonWriter& json, const storage::SessionRow& row);
void write_members(JsonWriter& json, const storage::CommandRow& row);
void write_members(JsonWriter& json, const storage::PrincipalRow& row);
void write_members(JsonWriter& json, const storage::GrantRow& row);

template <class Row>
std::string json_array(const std::vector<Row>& rows) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const Row& row : rows) {
    json.begin_object();
    write_members(json, row);
    json.end_object();
  }
  json.end_array();
  return out;
}

void optional_text(JsonWriter& json, std::string_view key, const std::optional<std::string>& value);
void optional_number(JsonWriter& json, std::string_view key,
                     const std::optional<std::uint64_t>& value);

// ["read","write"] as "read,write": for a cell of a table.
std::string joined(const std::string& json_array_of_text);

}  // namespace sallyport::cli
