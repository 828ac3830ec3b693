// What the policy tests share: a vocabulary of commands and policies, and the data files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/command.h"
#include "policy/compile.h"

namespace sallyport::policy {

// Monday 2026-11-23 12:00 UTC.
WallTime monday_noon();

// A GET of the path with the facts of an HTTP request.
Command get(std::string path);
Command http(ActionSet actions, std::string method, std::string path);
Command with(Command command, std::string name, std::string value);

// Compiles one file whose rules may also say `effect: approve`; fails the test on any problem.
std::shared_ptr<const CompiledPolicy> compile_all_effects(std::string_view text);

// A policy of these rules (YAML, as under `rules:` without indentation) in one role that everyone
// with the group "agents" holds on every target. `ids` are the rules' ids.
std::string policy_of(std::string_view rules, const std::vector<std::string>& ids);

// The session of a member of "agents" on target "crm".
std::shared_ptr<const SessionPolicy> session_of(std::string_view rules,
                                                const std::vector<std::string>& ids);

Principal agent();

// "allow rule-id", "deny" (no rule) …
std::string judge(const SessionPolicy& session, const Command& command);

// The problems of a policy, one per line; empty when there are none.
std::string problems_of(std::string_view text);

std::string source_path(std::string_view relative);
std::string read_file(const std::string& path);
// Paths of the files in a folder of the source tree that end so, sorted.
std::vector<std::string> files_in(std::string_view folder, std::string_view ending);

// {"action": […], "object": […], "text": …, "http.path": […] …}: facts as they are, for rules that
// do not depend on how a protocol finds them.
Result<Command> command_of_facts(std::string_view protocol, std::string_view json);

}  // namespace sallyport::policy
