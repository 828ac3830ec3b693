#include "protocols/http/message.h"

#include <algorithm>

#include "protocols/http/characters.h"

namespace sallyport::http {

bool equal_without_case(std::string_view a, std::string_view b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

void Fields::add(std::string name, std::string value) {
  list_.push_back(Field{std::move(name), std::move(value)});
}

void Fields::set(std::string_view name, std::string value) {
  std::string owned(name);  // before remove(): the name may view a field of this list
  remove(owned);
  add(std::move(owned), std::move(value));
}

void Fields::remove(std::string_view name) {
  const std::string owned(name);
  std::erase_if(list_, [&](const Field& field) { return same_name(field.name, owned); });
}

const std::string* Fields::find(std::string_view name) const {
  for (const Field& field : list_) {
    if (same_name(field.name, name)) return &field.value;
  }
  return nullptr;
}

std::size_t Fields::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      list_.begin(), list_.end(), [&](const Field& field) { return same_name(field.name, name); }));
}

std::vector<std::string_view> Fields::values(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const Field& field : list_) {
    if (same_name(field.name, name)) found.push_back(field.value);
  }
  return found;
}

namespace {

// Where the member that begins at `from` ends: at a comma outside of quotes, or at the end.
std::size_t member_end(std::string_view list, std::size_t from) {
  bool quoted = false;
  for (std::size_t i = from; i < list.size(); ++i) {
    const char c = list[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      return i;
    }
  }
  return list.size();
}

}  // namespace

std::vector<std::string_view> list_members(const Fields& fields, std::string_view name) {
  std::vector<std::string_view> members;
  for (std::string_view list : fields.values(name)) {
    for (std::size_t from = 0; from <= list.size();) {
      const std::size_t end = member_end(list, from);
      const std::string_view member = trim(list.substr(from, end - from));
      if (!member.empty()) members.push_back(member);
      from = end + 1;
    }
  }
  return members;
}

bool has_member(const Fields& fields, std::string_view name, std::string_view token) {
  const std::vector<std::string_view> members = list_members(fields, name);
  return std::any_of(members.begin(), members.end(),
                     [&](std::string_view member) { return same_name(member, token); });
}

std::vector<std::string_view> upgrade_protocols(const Fields& fields) {
  if (fields.find("Upgrade") == nullptr || !has_member(fields, "Connection", "upgrade")) return {};
  return list_members(fields, "Upgrade");
}

}  // namespace sallyport::http
