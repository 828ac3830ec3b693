#include "protocols/postgres/sql/settings.h"

#include <array>

#include "protocols/postgres/sql/builtins.h"

namespace sallyport::postgres::sql {
namespace {

std::string folded(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// Settings with one value under which our parser and the server read the same.
struct SafeValue {
  std::string_view name;
  std::string_view value;
};

constexpr std::array<SafeValue, 8> kSafeValues = {{
    {"client_encoding", "utf8"},
    {"client_encoding", "utf-8"},
    {"client_encoding", "unicode"},
    {"standard_conforming_strings", "on"},
    {"standard_conforming_strings", "true"},
    {"standard_conforming_strings", "1"},
    {"standard_conforming_strings", "yes"},
    {"row_security", "on"},
}};

// "a, "B"" as the server reads a list of names; nothing when it is not plain.
std::optional<std::vector<std::string>> name_list(std::string_view text) {
  std::vector<std::string> names;
  std::string name;
  bool quoted = false;
  for (char c : text) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      names.push_back(std::move(name));
      name.clear();
    } else if (quoted || (c != ' ' && c != '\t' && c != '\n')) {
      name.push_back(quoted || c < 'A' || c > 'Z' ? c : static_cast<char>(c - 'A' + 'a'));
    }
  }
  if (quoted) return std::nullopt;
  names.push_back(std::move(name));
  std::erase(names, "");
  std::erase(names, "$user");
  return names;
}

}  // namespace

std::string setting_name(std::string_view name) {
  std::string out = folded(name);
  return out == "transaction isolation level" ? "transaction_isolation" : out;
}

bool is_harmless_change(std::string_view name, const std::optional<std::string>& value) {
  if (builtins().is_harmless_setting(name)) return true;
  if (!value) return false;
  const std::string wanted = folded(*value);
  for (const SafeValue& safe : kSafeValues)
    if (safe.name == name && safe.value == wanted) return true;
  return false;
}

std::vector<StateChange> changes_of_setting(std::string_view name,
                                            const std::optional<std::string>& value) {
  StateChange change;
  std::vector<StateChange> changes;
  const auto leave = [&](StateChange::Kind kind) {
    change.kind = kind;
    changes.push_back(change);
  };
  const bool any = name == "*";
  if (name == "search_path" || any) {
    std::optional<std::vector<std::string>> path;
    if (value && !any) path = name_list(*value);
    change.known = path.has_value();
    if (path) change.path = std::move(*path);
    leave(StateChange::Kind::kSearchPath);
  }
  if (name == "client_encoding" || any) leave(StateChange::Kind::kEncoding);
  if (name == "standard_conforming_strings" || any) leave(StateChange::Kind::kStrings);
  if (name == "role" || name == "session_authorization") leave(StateChange::Kind::kRole);
  return changes;
}

}  // namespace sallyport::postgres::sql
