#include "protocols/postgres/parameters.h"

#include <algorithm>
#include <array>

#include "protocols/postgres/limits.h"

namespace sallyport::postgres {
namespace {

// In lower case. None of these changes how a statement is read, what names in it mean or on whose
// behalf it runs; search_path, role and the string settings do.
constexpr std::array<std::string_view, 14> kPassed = {"datestyle",
                                                      "timezone",
                                                      "intervalstyle",
                                                      "extra_float_digits",
                                                      "bytea_output",
                                                      "lc_monetary",
                                                      "lc_numeric",
                                                      "lc_time",
                                                      "statement_timeout",
                                                      "lock_timeout",
                                                      "idle_in_transaction_session_timeout",
                                                      "geqo",
                                                      "client_min_messages",
                                                      "default_transaction_read_only"};
// Not the target's business, or written by us.
constexpr std::array<std::string_view, 5> kOurs = {"user", "database", "application_name",
                                                   "client_encoding", "options"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Error refused(std::string_view name) {
  return {ErrorCode::kUnsupported,
          "the broker does not pass on the start-up parameter \"" + std::string(name) + "\""};
}

// As PostgreSQL compares encoding names: letters and digits, in any case. drivers quote it.
bool is_utf8(std::string_view value) {
  std::string plain;
  for (const char c : lower(value))
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain.push_back(c);
  // What libpq finds in the locale C says nothing of what is really meant.
  return plain.empty() || plain == "utf8" || plain == "unicode" || plain == "sqlascii";
}

Result<void> add(std::string_view name, std::string_view value, Parameters& out) {
  const std::string known = lower(name);
  if (known == "client_encoding") {
    if (is_utf8(value)) return {};
    return Error{ErrorCode::kUnsupported, "client_encoding can only be UTF8 through this broker"};
  }
  if (!among(kPassed, known)) return refused(name);
  out.emplace_back(known, value);
  return {};
}

// The words of `options`: white space separates them, a backslash makes the next character plain
// (pg_split_opts).
std::vector<std::string> words(std::string_view options) {
  std::vector<std::string> out;
  std::string word;
  bool begun = false;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const char c = options[i];
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      if (begun) out.push_back(std::exchange(word, {}));
      begun = false;
      continue;
    }
    begun = true;
    word.push_back(c == '\\' && i + 1 < options.size() ? options[++i] : c);
  }
  if (begun) out.push_back(std::move(word));
  return out;
}

// `-c name=value`, `-cname=value` and `--name=value`, where '-' in a name stands for '_'.
Result<void> add_options(std::string_view options, Parameters& out) {
  const std::vector<std::string> all = words(options);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::string_view word = all[i];
    if (word == "-c" && i + 1 < all.size()) {
      word = all[++i];
    } else if (word.starts_with("-c") || word.starts_with("--")) {
      word.remove_prefix(2);
    } else {
      return refused("options");
    }
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos || equals == 0) return refused("options");
    std::string name(word.substr(0, equals));
    std::replace(name.begin(), name.end(), '-', '_');
    if (lower(name) == "application_name") continue;
    if (auto added = add(name, word.substr(equals + 1), out); !added) return added;
  }
  return {};
}

}  // namespace

WantedTarget wanted_target(const StartupPacket& packet) {
  std::string_view name = packet.parameter("database");
  if (name.empty()) name = packet.parameter("user");
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return {std::string(name), {}};
  return {std::string(name.substr(0, slash)), std::string(name.substr(slash + 1))};
}

Result<Parameters> parameters_for_target(const StartupPacket& packet) {
  const std::string replication = lower(packet.parameter("replication"));
  const bool no_replication = replication.empty() || replication == "false" ||
                              replication == "off" || replication == "no" || replication == "0";
  if (!no_replication)
    return Error{ErrorCode::kUnsupported, "replication connections do not pass this broker"};
  Parameters out{{"client_encoding", "UTF8"}};
  for (const auto& [name, value] : packet.parameters) {
    if (name == "replication" || name.starts_with("_pq_.")) continue;
    if (name != "client_encoding" && among(kOurs, name)) continue;
    if (auto added = add(name, value, out); !added) return added.error();
  }
  if (auto added = add_options(packet.parameter("options"), out); !added) return added.error();
  return out;
}

std::string application_name(std::string_view session, std::string_view subject,
                             std::string_view agents_own) {
  std::string out = "sallyport " + std::string(session) + " " + std::string(subject);
  if (!agents_own.empty()) out += " " + std::string(agents_own);
  // PostgreSQL replaces what is not printable ASCII by '?'; so do we, before cutting.
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out.substr(0, kApplicationName);
}

}  // namespace sallyport::postgres
