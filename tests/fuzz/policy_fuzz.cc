// A policy file is written by people, and still nothing in it may crash the broker or hang it:
// read, compile, lint, bind, decide and explain on commands that touch every kind of fact.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "policy/cases.h"
#include "policy/compile.h"

using namespace sallyport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  config::Problems problems;
  config::Problems warnings;
  (void)policy::read_cases(text, "cases.yaml", warnings);
  const auto compiled = policy::compile({{"policy.yaml", text}}, problems, &warnings);
  if ((compiled == nullptr) == problems.empty()) std::abort();
  if (compiled == nullptr) return 0;

  policy::Scope everybody;
  everybody.protocol = "http";
  Command command;
  command.text = "GET /a/b;v=1?q=1";
  command.objects = {{"path", "/a/b;v=1"}};
  command.attributes = {{"http.method", "GET"},   {"http.path", "/a/b;v=1"}, {"http.host", "h.x"},
                        {"http.query.q", "1"},    {"http.query.q", "2"},     {"http.query.r", ""},
                        {"http.header.a", "\xFF"}};
  const auto session = compiled->bind_scope(everybody);
  if (session != nullptr && session->masks().texts != nullptr)
    (void)session->masks().texts->apply(text, TextFormat::kJson);
  for (const ActionSet actions : {ActionSet{Action::kRead}, ActionSet{Action::kUnknown},
                                  ActionSet{Action::kRead, Action::kWrite}, ActionSet{}}) {
    command.actions = actions;
    const policy::Explanation explanation = compiled->explain(command, everybody, WallTime{});
    if (to_text(explanation).empty()) std::abort();
    if (session == nullptr) continue;
    const Decision decision = session->decide(command, WallTime{});
    if (decision.rule != explanation.decision.rule) std::abort();
    if (session->masks().names != explanation.masks) std::abort();
    if (decision.verdict != Verdict::kDeny && decision.rule.empty()) std::abort();
  }
  return 0;
}
