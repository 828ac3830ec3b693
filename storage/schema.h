// The tables and views of the store, as SQL. Everything named `derived_…` can be rebuilt from
// leaves and payloads; the views are the stable interface for reviewers (INTERFACE.md section 6).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::storage {

// "SPLA" in the database header, so that a file of another program is not taken for a store.
inline constexpr std::uint32_t kApplicationId = 0x53504c41;
// Of the tables around the leaves. The bytes of leaves have no version: they never change.
inline constexpr std::uint32_t kSchemaVersion = 2;

struct SchemaObject {
  std::string name;
  std::string sql;  // exactly what sqlite_schema.sql holds
};

// Of the main database, in the order of creation.
const std::vector<SchemaObject>& main_schema();
// Of a payload file.
const std::vector<SchemaObject>& payload_schema();
// What the view `sessions` selects; `opened`, the number of the opening event, may be tested by a
// WHERE clause after it.
std::string sessions_select();
// The tables a rebuild fills, with the columns it is compared by; `key` orders the rows.
struct DerivedTable {
  std::string name;
  std::string key;  // its first columns, in their order
  int event = 0;    // the column with an event's number; -1: none has
};
const std::vector<DerivedTable>& derived_tables();
bool is_derived(std::string_view name);

}  // namespace sallyport::storage
