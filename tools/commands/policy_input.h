// The inputs that `policy eval`, `explain` and `test` take (INTERFACE section 5): JSON in, Commands
// out. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/command.h"
#include "core/result.h"
#include "policy/compile.h"
#include "protocols/postgres/sql/catalog.h"

namespace sallyport::commands {

// One request, statement or exec line each; or why nothing of it may be judged.
struct DecodedInput {
  std::vector<Command> commands;
  std::string parse_error;    // the input is malformed: the decision is parse_error
  std::string not_supported;  // the protocol or form is not one of this version
  // Of a session's messages: which of them each command belongs to, and which is malformed. A
  // verdict stands from the message on that it fell at.
  std::vector<std::size_t> steps;
  std::optional<std::size_t> parse_error_step;
};

// `input` is JSON: for HTTP a string, {"raw": s} with one byte per character, or {"raw_b64": s};
// for PostgreSQL SQL text or {"steps": [...]}. `catalog` says what SQL's names mean.
DecodedInput decode_input(std::string_view protocol, std::string_view input,
                          const postgres::sql::Catalog& catalog = {});

// The same for policy::DecodeInput, which judges one command at a time.
Result<Command> decode_one(std::string_view protocol, std::string_view input,
                           const postgres::sql::Catalog& catalog = {});

// A line of `policy eval`.
struct EvalLine {
  std::string id;  // JSON
  policy::Scope scope;
  std::string input;  // JSON
  std::optional<std::size_t> at;
};
Result<EvalLine> parse_eval_line(std::string_view line);

// "DELETE /v1/orders/7" as a person types it, or a whole raw request or SQL, as the JSON string of
// `input`.
std::string input_of_text(std::string_view protocol, std::string_view text, std::string_view host);

struct Judgement {
  std::string decision;  // allow, deny, approve or parse_error
  std::string rule;
  std::string reason;
  ActionSet actions;
  std::vector<std::string> objects;
  std::vector<std::string> masks;  // of the session; see Masks::names
};

// The strictest verdict over the commands of the input, or that of command `at`.
Judgement judge(const policy::CompiledPolicy& policy, const policy::Scope& scope,
                const DecodedInput& input, std::optional<std::size_t> at, WallTime now);

}  // namespace sallyport::commands
