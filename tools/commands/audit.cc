// `audit verify`, `audit search` and `audit snapshot`.
#include <fmt/format.h>

#include <ostream>

#include "tools/cli/rows.h"
#include "tools/cli/text.h"
#include "tools/commands/commands.h"
#include "tools/commands/store_access.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

std::string report_json(const storage::VerifyReport& report) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .boolean("ok", report.ok)
      .number("leaves", report.leaves)
      .text("root", report.root)
      .number("payloads", report.payloads)
      .number("payloads_sealed", report.payloads_sealed)
      .number("payloads_erased", report.payloads_erased)
      .begin_array("problems");
  for (const storage::Problem& problem : report.problems) {
    json.begin_object();
    cli::optional_number(json, "event", problem.event);
    json.text("what", problem.what).end_object();
  }
  json.end_array().end_object();
  return out;
}

std::string problem_line(const storage::Problem& problem) {
  return problem.event ? fmt::format("event {}: {}", *problem.event, problem.what) : problem.what;
}

int verify(const Arguments& arguments, Io& io) {
  auto reader = open_reader(arguments, KeyUse::kWhenReadable);
  if (!reader)
    return cli::fail(io, status_of(reader.error()), "audit verify: " + reader.error().detail);
  storage::VerifyOptions options;
  options.tree_only = arguments.has("tree-only");
  auto report = (*reader)->verify(options);
  if (!report)
    return cli::fail(io, status_of(report.error()), "audit verify: " + report.error().detail);
  if (arguments.has("json")) {
    io.out << report_json(*report) << '\n';
  } else if (report->ok) {
    io.out << fmt::format("the record holds: {} events, root {}, {} payloads checked",
                          report->leaves, report->root, report->payloads);
    if (report->payloads_sealed > 0)
      io.out << fmt::format(", {} not opened without the key", report->payloads_sealed);
    if (report->payloads_erased > 0) io.out << fmt::format(", {} erased", report->payloads_erased);
    io.out << '\n';
  }
  if (report->ok) return cli::kDone;
  if (!arguments.has("json"))
    for (const storage::Problem& problem : report->problems)
      io.err << "sallyport: audit verify: " << cli::printable_line(problem_line(problem)) << '\n';
  return cli::fail(
      io, cli::kDoesNotHold,
      fmt::format("audit verify: the record does not hold: {} problems", report->problems.size()));
}

int search(const Arguments& arguments, Io& io) {
  storage::CommandQuery query;
  query.text = arguments.text("QUERY");
  query.subject = arguments.text("subject");
  query.target = arguments.text("target");
  query.action = arguments.text("action");
  query.decision = arguments.text("decision");
  query.rule = arguments.text("rule");
  if (auto range = read_range(arguments, query); !range)
    return cli::fail(io, cli::kUsage, "audit search: " + range.error().detail);
  auto reader = open_reader(arguments, KeyUse::kWhenReadable);
  if (!reader)
    return cli::fail(io, status_of(reader.error()), "audit search: " + reader.error().detail);
  auto rows = (*reader)->commands(query);
  if (!rows) return cli::fail(io, status_of(rows.error()), "audit search: " + rows.error().detail);
  if (arguments.has("json")) {
    io.out << cli::json_array(*rows) << '\n';
    return cli::kDone;
  }
  std::vector<std::vector<std::string>> cells;
  for (const storage::CommandRow& row : *rows)
    cells.push_back({fmt::format("{}", row.event), row.time, row.subject, row.target, row.decision,
                     row.rule.value_or(""), row.status.value_or(""),
                     row.text.value_or("(erased)")});
  io.out << cli::table({"EVENT", "TIME", "SUBJECT", "TARGET", "DECISION", "RULE", "STATUS", "TEXT"},
                       cells);
  return cli::kDone;
}

int snapshot(const Arguments& arguments, Io& io) {
  auto reader = open_reader(arguments, KeyUse::kNone);
  if (!reader)
    return cli::fail(io, status_of(reader.error()), "audit snapshot: " + reader.error().detail);
  auto report = (*reader)->snapshot(arguments.text("out"));
  if (!report)
    return cli::fail(io, status_of(report.error()), "audit snapshot: " + report.error().detail);
  if (!arguments.has("json")) {
    for (const std::string& file : report->files) io.out << file << '\n';
    return cli::kDone;
  }
  std::string out;
  JsonWriter json(out);
  json.begin_object().begin_array("files");
  for (const std::string& file : report->files) json.text({}, file);
  json.end_array().end_object();
  io.out << out << '\n';
  return cli::kDone;
}

std::vector<cli::Option> with_store_options(std::vector<cli::Option> options) {
  std::vector<cli::Option> out = store_options();
  for (cli::Option& option : options) out.push_back(std::move(option));
  return out;
}

}  // namespace

std::vector<cli::Command> audit_commands() {
  return {
      {"audit verify",
       "Prove that no stored record was altered, added or taken away",
       "Recomputes the Merkle tree over the stored bytes, compares the tables that views are made "
       "of "
       "with it, and every payload with its hash. Exit status 1 when the record does not hold; "
       "each "
       "problem names its event.",
       {},
       with_store_options({{"tree-only", "", "check the tree alone, which needs no key"},
                           {"json", "", "print one JSON object"}}),
       "sallyport audit verify --config sallyport.yaml",
       verify},
      {"audit search",
       "Find commands, newest first",
       "",
       {{"QUERY", "a part of the command's text; everything when absent", false}},
       with_store_options(
           {{"subject", "S", "only of this subject; * and ? match as in the shell"},
            {"target", "NAME", "only to this target; likewise"},
            {"action",
             "NAME",
             "only with this action",
             false,
             false,
             {"read", "write", "delete", "define", "administer", "execute", "transfer", "forward",
              "unknown"}},
            {"decision", "NAME", "only decided so", false, false, {"allow", "approve", "deny"}},
            {"rule", "ID", "only decided by this rule"},
            {"from", "TIME", "at this time or later (UTC)"},
            {"to", "TIME", "before this time (UTC)"},
            {"limit", "N", "at most so many (100)"},
            {"json", "", "print a JSON array"}}),
       "sallyport audit search orders --config sallyport.yaml --decision deny --from 2026-11-01",
       search},
      {"audit snapshot",
       "Copy the store while the broker goes on",
       "The copy verifies like the original and can be read where it cannot be written.",
       {},
       with_store_options({{"out", "FILE", "the copy's main file; must not exist", true},
                           {"json", "", "print one JSON object"}}),
       "sallyport audit snapshot --config sallyport.yaml --out /var/backups/audit.db",
       snapshot},
  };
}

}  // namespace sallyport::commands
