// How long a decision takes: HTTP requests with about 15 attributes against policies of growing
// size. Prints nanoseconds per decision, the median and the best of several rounds; run it on a
// quiet machine.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "policy/compile.h"

namespace {

using namespace sallyport;

// Rules as a team would write them: per collection a path glob with a method, some header and query
// rules, denials by path, one RE2 in ten.
std::string make_policy(int rules) {
  std::string ids;
  std::string text;
  for (int i = 0; i < rules; ++i) {
    ids += fmt::format("{}r{}", i == 0 ? "" : ", ", i);
    const std::string id = fmt::format("  - id: r{}\n", i);
    switch (i % 10) {
      case 0:
        text += id + fmt::format(
                         "    effect: deny\n    when: {{http.path: '/(?i)^/x{}/[a-z]+$/'}}\n", i);
        break;
      case 1:
        text += id + fmt::format("    effect: deny\n    when: {{http.query.q{}: '*'}}\n", i % 40);
        break;
      case 2:
        text +=
            id + fmt::format("    effect: deny\n    when: {{http.header.x-{}: [a, b]}}\n", i % 40);
        break;
      case 3:
        text += id + fmt::format(
                         "    effect: deny\n    when: {{http.path: ['/adm{0}', "
                         "'/adm{0}/**'], action: [write, delete]}}\n",
                         i);
        break;
      default:
        text += id + fmt::format(
                         "    effect: allow\n    when: {{http.method: [GET, HEAD], "
                         "http.path: '/v1/c{}/*', action: read}}\n",
                         i);
    }
  }
  return fmt::format(
      "version: 1\nroles:\n  - {{name: a, groups: [agents], targets: ['*'], rules: "
      "[{}]}}\nrules:\n{}",
      ids, text);
}

Command make_command(const std::string& path) {
  Command command;
  command.actions = {Action::kRead};
  command.text = "GET " + path + "?page=2&size=50";
  command.objects = {{"path", path}};
  command.attributes = {{"http.method", "GET"},
                        {"http.path", path},
                        {"http.host", "api.internal"},
                        {"http.query.page", "2"},
                        {"http.query.size", "50"}};
  for (const char* name :
       {"accept", "accept-encoding", "accept-language", "cache-control", "content-type",
        "user-agent", "referer", "x-request-id", "x-trace", "if-none-match"})
    command.attributes.push_back({std::string("http.header.") + name, "some usual value/1.0"});
  return command;
}

// Of this thread, so that other work on the machine does not count as ours.
double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

void measure(const char* what, const SessionPolicy& session, const Command& command) {
  constexpr int kRounds = 15;
  constexpr int kDecisions = 20'000;
  std::vector<double> times;
  std::size_t allowed = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double start = cpu_ns();
    for (int i = 0; i < kDecisions; ++i)
      allowed += session.decide(command, WallTime{}).verdict == Verdict::kAllow ? 1 : 0;
    times.push_back((cpu_ns() - start) / kDecisions);
  }
  std::sort(times.begin(), times.end());
  std::printf("%-28s %9.0f ns median %9.0f ns best  (%s)\n", what, times[times.size() / 2],
              times.front(), allowed == 0 ? "denied" : "allowed");
}

}  // namespace

int main() {
  for (const int rules : {10, 50, 500, 4'000}) {
    config::Problems problems;
    const auto policy = policy::compile({{"bench.yaml", make_policy(rules)}}, problems);
    if (policy == nullptr) {
      std::fputs(problems.to_string().c_str(), stderr);
      return 1;
    }
    Principal principal;
    principal.issuer = "corp";
    principal.subject = "agent-7";
    principal.groups = {"agents"};
    const auto session = policy->bind(principal, "crm", "http");
    const std::string last = fmt::format("/v1/c{}/7", rules - 1);
    measure(fmt::format("{} rules, allowed", rules).c_str(), *session, make_command(last));
    measure(fmt::format("{} rules, nothing matches", rules).c_str(), *session,
            make_command("/v2/orders/7"));
  }
  return 0;
}
