#include "tools/replay/statement.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json_writer.h"
#include "tools/cli/rows.h"
#include "tools/cli/text.h"
#include "tools/replay/psql_table.h"

namespace sallyport::replay {
namespace {

using nlohmann::json;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// What was redacted may be no JSON any more: then the text itself.
json value_of(std::string_view line) {
  json out = json::parse(line, nullptr, false);
  return out.is_discarded() ? json(std::string(line)) : out;
}

std::string cell(const json& value) {
  if (value.is_null()) return "";
  return cli::printable_line(value.is_string()
                                 ? value.get<std::string>()
                                 : value.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::vector<PsqlColumn> headings(std::string_view columns) {
  std::vector<PsqlColumn> out;
  const auto lines = lines_of(columns);
  if (lines.empty()) return out;
  const json described = value_of(lines.back());
  if (!described.is_array()) return out;
  for (const json& one : described) {
    const bool fits = one.is_object() && one.contains("name");
    const std::string type = one.is_object() && one.contains("type") ? cell(one["type"]) : "";
    out.push_back({fits ? cell(one["name"]) : "?", aligns_right(type)});
  }
  return out;
}

// What the server said beside its rows, in psql's words: "ERROR:  …", then DETAIL and HINT.
void append_words(std::string& out, const json& said) {
  const auto text = [&](const char* name) {
    return said.contains(name) ? cell(said[name]) : std::string();
  };
  out += text("severity") + ":  " + text("message") + "\n";
  if (said.contains("detail")) out += "DETAIL:  " + text("detail") + "\n";
  if (said.contains("hint")) out += "HINT:  " + text("hint") + "\n";
}

// Notices come before the rows, and after an error there are none, as psql prints them.
void append_table(std::string& out, const Statement& statement) {
  const std::vector<PsqlColumn> names = headings(statement.columns);
  std::vector<std::vector<std::string>> table;
  std::size_t rows = 0;
  std::string errors;
  for (const std::string_view line : lines_of(statement.rows)) {
    const bool words = line.starts_with('{');
    if (!words && ++rows > kTextRows) continue;
    const json row = value_of(line);
    if (row.is_array()) {
      auto& cells = table.emplace_back();
      for (const json& value : row) cells.push_back(cell(value));
    } else if (row.is_object() && row.contains("notice")) {
      append_words(out, row["notice"]);
    } else if (row.is_object() && row.contains("error")) {
      append_words(errors, row["error"]);
    } else {
      if (words && ++rows > kTextRows) continue;
      table.push_back({"[not kept: " + cell(row) + "]"});
    }
  }
  if (!errors.empty() || names.empty()) {
    out += errors;
    return;
  }
  const std::size_t total = statement.row.rows.value_or(rows);
  out += psql_table(names, table, total);
  if (total > table.size())
    fmt::format_to(std::back_inserter(out), "[{} rows are not shown]\n", total - table.size());
}

void append_copy(std::string& out, std::string_view mark, std::string_view bytes) {
  if (bytes.empty()) return;
  const std::string_view shown = bytes.substr(0, kTextCopyBytes);
  if (cli::is_text(shown)) {
    for (const std::string_view line : lines_of(shown))
      out.append(mark).append(cli::printable_line(std::string(line))).push_back('\n');
  } else {
    fmt::format_to(std::back_inserter(out), "{}[{} bytes, not text]\n", mark, bytes.size());
    return;
  }
  if (bytes.size() > shown.size())
    fmt::format_to(std::back_inserter(out), "{}[{} more bytes]\n", mark,
                   bytes.size() - shown.size());
}

void write_copy(JsonWriter& out, std::string_view name, std::string_view bytes) {
  if (bytes.empty()) return;
  if (cli::is_text(bytes)) {
    out.text(name, bytes);
  } else {
    out.text(std::string(name) + "_base64", cli::base64(bytes));
  }
}

void write_lines(JsonWriter& out, std::string_view name, std::string_view lines) {
  out.begin_array(name);
  for (const std::string_view line : lines_of(lines))
    out.raw({}, value_of(line).dump(-1, ' ', false, json::error_handler_t::replace));
  out.end_array();
}

}  // namespace

Result<Statement> load_statement(storage::StoreReader& reader, const SessionId& session,
                                 const storage::CommandRow& row) {
  Statement out;
  out.row = row;
  const CommandSeq seq{static_cast<std::uint32_t>(row.seq)};
  auto facts = reader.facts(session, seq);
  // Facts that were erased leave the row; anything else is an error of the whole replay.
  if (!facts && facts.error().code != ErrorCode::kNotFound) return facts.error();
  if (facts) out.facts = std::move(*facts);
  auto read = reader.replay(session, seq, [&](const storage::ReplayChunk& chunk) {
    if (chunk.stream == "statement.values") out.values += chunk.bytes;
    if (chunk.stream == "result.columns") out.columns += chunk.bytes;
    if (chunk.stream == "result.rows") out.rows += chunk.bytes;
    if (chunk.stream == "copy.in") out.copy_in += chunk.bytes;
    if (chunk.stream == "copy.out") out.copy_out += chunk.bytes;
    return true;
  });
  if (!read) return read.error();
  return out;
}

std::string to_text(const Statement& statement) {
  const storage::CommandRow& row = statement.row;
  std::string out = fmt::format("#{} {} event {}\n", row.seq, row.time, row.event);
  const std::string text = row.text.value_or("(text erased)");
  for (const std::string_view line : lines_of(text))
    out.append("> ").append(cli::printable_line(std::string(line))).push_back('\n');
  if (!statement.values.empty()) out += "   with " + cli::printable_line(statement.values) + "\n";
  fmt::format_to(std::back_inserter(out), "   {}", row.decision);
  if (row.rule && !row.rule->empty()) out += " by " + cli::printable_line(*row.rule);
  if (row.reason && !row.reason->empty()) out += ": " + cli::printable_line(*row.reason);
  if (row.status) out += "; " + cli::printable_line(*row.status);
  if (row.duration_ms) fmt::format_to(std::back_inserter(out), "; {:.1f} ms", *row.duration_ms);
  out += '\n';
  append_table(out, statement);
  append_copy(out, "> ", statement.copy_in);
  append_copy(out, "< ", statement.copy_out);
  return out + '\n';
}

std::string to_jsonl(const Statement& statement) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  cli::write_members(writer, statement.row);
  writer.begin_array("attributes");
  for (const Attribute& attribute : statement.facts.attributes)
    writer.begin_object().text("name", attribute.name).text("value", attribute.value).end_object();
  writer.end_array();
  if (!statement.values.empty())
    writer.raw("values",
               value_of(statement.values).dump(-1, ' ', false, json::error_handler_t::replace));
  write_lines(writer, "columns", statement.columns);
  write_lines(writer, "rows", statement.rows);
  write_copy(writer, "copy_in", statement.copy_in);
  write_copy(writer, "copy_out", statement.copy_out);
  writer.end_object();
  return out + '\n';
}

}  // namespace sallyport::replay
