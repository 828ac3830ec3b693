// `policy eval` and `policy explain`: what a policy says of inputs, without a broker.
#include <fmt/format.h>

#include <istream>
#include <ostream>

#include "core/json_writer.h"
#include "tools/broker/policy_files.h"
#include "tools/cli/problems.h"
#include "tools/cli/text.h"
#include "tools/commands/commands.h"
#include "tools/commands/policy_input.h"
#include "tools/commands/schema_option.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

std::string eval_answer(const std::string& id, const Judgement& judgement) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .raw("id", id)
      .text("decision", judgement.decision)
      .text("rule", judgement.rule)
      .text("reason", judgement.reason)
      .begin_array("action");
  for (std::string_view name : judgement.actions.names()) json.text({}, name);
  json.end_array().begin_array("objects");
  for (const std::string& object : judgement.objects) json.text({}, object);
  json.end_array().begin_array("mask");
  for (const std::string& name : judgement.masks) json.text({}, name);
  json.end_array().end_object();
  return out;
}

int eval(const Arguments& arguments, Io& io) {
  config::Problems problems;
  auto policy = broker::load_policy(arguments.all("policy"), problems, nullptr, kJudged);
  auto catalog = load_schema(arguments, problems);
  if (!catalog) policy = nullptr;
  if (!policy) {
    cli::print_problems(io, problems, false);
    return cli::kUsage;
  }
  SystemClock clock;
  int status = cli::kDone;
  std::string line;
  for (std::size_t number = 1; std::getline(io.in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto parsed = parse_eval_line(line);
    if (!parsed)
      return cli::fail(io, cli::kUsage,
                       fmt::format("policy eval: line {}: {}", number, parsed.error().detail));
    DecodedInput input = decode_input(parsed->scope.protocol, parsed->input, *catalog);
    if (!input.not_supported.empty())
      status = cli::fail(io, cli::kDoesNotHold,
                         fmt::format("policy eval: line {}: {}", number, input.not_supported));
    io.out << eval_answer(parsed->id,
                          judge(*policy, parsed->scope, input, parsed->at, clock.wall()))
           << '\n';
  }
  return status;
}

std::string explanation_json(const policy::Explanation& explanation) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().begin_array("roles");
  for (const std::string& role : explanation.roles) json.text({}, role);
  json.end_array()
      .text("decision", to_string(explanation.decision.verdict))
      .text("rule", explanation.decision.rule)
      .text("reason", explanation.decision.reason)
      .begin_array("mask");
  for (const std::string& name : explanation.masks) json.text({}, name);
  json.end_array().begin_array("rules");
  for (const policy::RuleReport& rule : explanation.rules) {
    json.begin_object()
        .text("id", rule.id)
        .text("effect", to_string(rule.effect))
        .boolean("observe", rule.observe)
        .boolean("held", rule.held)
        .boolean("matched", rule.matched)
        .begin_array("unnamed");
    for (const std::string& name : rule.unnamed) json.text({}, name);
    json.end_array().begin_array("mask");
    for (const std::string& name : rule.masks) json.text({}, name);
    json.end_array().begin_array("tests");
    for (const policy::TestReport& test : rule.tests) {
      json.begin_object()
          .text("test", test.test)
          .boolean("holds", test.holds)
          .begin_array("values");
      for (const std::string& value : test.values) json.text({}, value);
      json.end_array().end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return out;
}

// The line of `policy eval` given as --input or on standard input, or what a person typed.
Result<EvalLine> explain_input(const Arguments& arguments, Io& io) {
  std::string text = arguments.text("input");
  if (!arguments.has("input")) std::getline(io.in, text);
  EvalLine line;
  if (text.starts_with('{')) {
    auto parsed = parse_eval_line(text);
    if (!parsed) return parsed;
    line = std::move(*parsed);
  } else {
    line.scope.protocol = arguments.text("protocol", "http");
    line.input =
        input_of_text(line.scope.protocol, text, arguments.text("target", "target.invalid"));
  }
  if (arguments.has("subject")) line.scope.subject = arguments.text("subject");
  if (arguments.has("target")) line.scope.target = arguments.text("target");
  if (arguments.has("group")) line.scope.groups = arguments.all("group");
  return line;
}

int explain(const Arguments& arguments, Io& io) {
  config::Problems problems;
  auto policy = broker::load_policy(arguments.all("policy"), problems, nullptr, kJudged);
  auto catalog = load_schema(arguments, problems);
  if (!catalog) policy = nullptr;
  if (!policy) {
    cli::print_problems(io, problems, false);
    return cli::kUsage;
  }
  auto line = explain_input(arguments, io);
  if (!line)
    return cli::fail(io, cli::kUsage, "policy explain: the input is " + line.error().detail);
  DecodedInput input = decode_input(line->scope.protocol, line->input, *catalog);
  std::string unusable = input.not_supported.empty() ? input.parse_error : input.not_supported;
  if (!unusable.empty())
    return cli::fail(io, cli::kDoesNotHold, "policy explain: parse_error: " + unusable);
  SystemClock clock;
  for (const Command& command : input.commands) {
    policy::Explanation explanation = policy->explain(command, line->scope, clock.wall());
    if (arguments.has("json")) {
      io.out << explanation_json(explanation) << '\n';
    } else {
      io.out << cli::printable(policy::to_text(explanation));
    }
  }
  return cli::kDone;
}

}  // namespace

std::vector<cli::Command> policy_eval_commands() {
  const cli::Option policy{"policy", "FILE", "a policy file", true, true};
  const cli::Option schema = schema_option();
  return {
      {"policy eval",
       "Judge inputs, one JSON object per line of standard input",
       "Each line is {\"id\",\"protocol\",\"input\"} with optional \"at\", \"subject\", \"groups\" "
       "and \"target\". For http, input is the raw HTTP/1.1 request as a string, {\"raw\": one "
       "character per byte} or {\"raw_b64\"}; for postgres (or pg), SQL text or {\"steps\": "
       "[messages]}. Prints "
       "{\"id\",\"decision\",\"rule\",\"reason\",\"action\",\"objects\",\"mask\"} "
       "for each; decision is allow, deny, approve or parse_error, mask what the session masks. "
       "Where groups and target are absent, every role is held.",
       {},
       {policy, schema, {"json", "", "print JSON lines (as always)"}},
       "sallyport policy eval --policy policy.yaml < inputs.jsonl",
       eval},
      {"policy explain",
       "Show what every rule saw in one input, and the decision",
       "Takes a line as of 'policy eval', a raw request, METHOD and path as a person types them, "
       "or "
       "with --protocol postgres SQL text; "
       "from standard input when --input is absent.",
       {},
       {policy,
        schema,
        {"input", "TEXT", "what to judge"},
        {"protocol", "NAME", "the protocol of plain text", false, false, {"http", "postgres"}},
        {"subject", "S", "who acts"},
        {"group", "G", "a group of the subject", false, true},
        {"target", "NAME", "the target reached"},
        {"json", "", "print one JSON object per command"}},
       "sallyport policy explain --policy policy.yaml --input 'DELETE /v1/orders/7'",
       explain},
  };
}

}  // namespace sallyport::commands
