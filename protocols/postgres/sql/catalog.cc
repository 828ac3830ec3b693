#include "protocols/postgres/sql/catalog.h"

#include "protocols/postgres/sql/builtins.h"

namespace sallyport::postgres::sql {
namespace {

std::string key_of(std::string_view schema, std::string_view name) {
  std::string key;
  key.reserve(schema.size() + name.size() + 1);
  key.append(schema).push_back('\0');
  key.append(name);
  return key;
}

}  // namespace

std::uint32_t Table::find(std::string_view column) const {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == column) return static_cast<std::uint32_t>(i);
  return kNone;
}

Table& Catalog::add_table(std::string schema, std::string name) {
  std::unique_ptr<Table>& slot = tables_[key_of(schema, name)];
  if (!slot) {
    slot = std::make_unique<Table>();
    slot->schema = std::move(schema);
    slot->name = std::move(name);
  }
  return *slot;
}

void Catalog::add_function(std::string schema, std::string name) {
  functions_.insert(key_of(schema, name));
}

void Catalog::number_function(std::uint32_t number, std::string full_name) {
  numbers_.insert_or_assign(number, std::move(full_name));
}

std::string_view Catalog::function_numbered(std::uint32_t number) const {
  const auto found = numbers_.find(number);
  return found == numbers_.end() ? std::string_view() : found->second;
}

const Table* Catalog::find_table(std::string_view schema, std::string_view name) const {
  const auto found = tables_.find(key_of(schema, name));
  return found == tables_.end() ? nullptr : found->second.get();
}

Table* Catalog::find_table(std::string_view schema, std::string_view name) {
  const auto found = tables_.find(key_of(schema, name));
  return found == tables_.end() ? nullptr : found->second.get();
}

std::string_view Catalog::find_function(const std::vector<std::string>& path,
                                        std::string_view name) const {
  for (const std::string& schema : path)
    if (functions_.count(key_of(schema, name)) != 0) return schema;
  return {};
}

bool is_system_table(std::string_view name) { return builtins().has_table(name); }

}  // namespace sallyport::postgres::sql
