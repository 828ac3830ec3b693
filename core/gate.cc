#include "core/gate.h"

#include "core/json_writer.h"
#include "core/limits.h"

namespace sallyport {
namespace {

void text_or_null(JsonWriter& json, std::string_view key, const std::string& value) {
  if (value.empty()) {
    json.null(key);
  } else {
    json.text(key, value);
  }
}

Refusal refusal_for(const Session& session, std::string code, std::string message) {
  Refusal refusal;
  refusal.code = std::move(code);
  refusal.message = std::move(message);
  refusal.session = session.id().to_string();
  return refusal;
}

Refusal not_recorded(const Session& session) {
  Refusal refusal = refusal_for(
      session, "not_recorded",
      "The audit store cannot record this command, so it was not sent. Try again later.");
  refusal.retryable = true;
  return refusal;
}

// What is recorded and told when the session's principal no longer has a role on its target.
Decision no_role(const Policy& policy) {
  Decision decision;
  decision.reason = "no role of this policy opens the target for this identity";
  decision.policy_id = policy.id();
  return decision;
}

// `bound` is null when the principal no longer has a role: then nothing is allowed.
std::vector<Decision> decide_unit(const SessionPolicy* bound, const Policy& policy,
                                  const std::vector<Command>& unit, WallTime now) {
  std::vector<Decision> decisions;
  decisions.reserve(unit.size());
  for (const Command& command : unit)
    decisions.push_back(bound ? bound->decide(command, now) : no_role(policy));
  return decisions;
}

std::size_t strictest(const std::vector<Decision>& decisions) {
  std::size_t at = 0;
  for (std::size_t i = 1; i < decisions.size(); ++i)
    if (decisions[i].verdict > decisions[at].verdict) at = i;
  return at;
}

// A sibling of a denied command is denied under that command's rule; what it would have been alone
// is not what happened.
void spread_denial(std::vector<Decision>& decisions, std::size_t from) {
  for (Decision& d : decisions) {
    if (d.verdict == Verdict::kDeny) continue;
    d.verdict = Verdict::kDeny;
    d.rule = decisions[from].rule;
    d.reason = decisions[from].reason;
  }
}

bool only_reads(const std::vector<Command>& unit) {
  for (const Command& command : unit)
    if (command.actions.empty() || !command.actions.within({Action::kRead})) return false;
  return true;
}

struct Recorded {
  CommandSeq seq;
  Pending intent;
};

std::vector<Recorded> record_intents(Session& session, const std::vector<Command>& unit,
                                     const std::vector<Decision>& decisions) {
  std::vector<Recorded> recorded;
  recorded.reserve(unit.size());
  for (std::size_t i = 0; i < unit.size(); ++i) {
    CommandSeq seq = session.next_seq();
    recorded.push_back({seq, session.recording().intent(seq, unit[i], decisions[i])});
  }
  return recorded;
}

Refusal denied(const Session& session, const Decision& decision, EventNumber event) {
  std::string message =
      decision.rule.empty() ? "Denied: " : "Denied by rule " + decision.rule + ": ";
  message += decision.reason.empty() ? "the policy does not allow this command" : decision.reason;
  Refusal refusal = refusal_for(session, "denied", std::move(message));
  refusal.rule = decision.rule;
  refusal.reason = decision.reason;
  refusal.event = event;
  return refusal;
}

Refusal session_over(const Session& session) {
  std::string why = session.end_reason();
  return refusal_for(session, why == "expired" ? "expired" : "denied",
                     "The session has ended (" + why + "). Open a new one.");
}

// Commands whose intent is on disk but which will not be sent after all.
void abandon(Session& session, const std::vector<Recorded>& recorded, const std::string& why) {
  Outcome outcome;
  outcome.completion = Completion::kAborted;
  outcome.detail = why;
  for (const Recorded& r : recorded) session.recording().outcome(r.seq, outcome);
}

}  // namespace

std::string Refusal::json_members() const {
  std::string out;
  JsonWriter json(out);
  json.text("code", code).text("message", message);
  text_or_null(json, "rule", rule);
  text_or_null(json, "reason", reason);
  json.boolean("retryable", retryable);
  text_or_null(json, "approval", approval);
  text_or_null(json, "session", session);
  if (event) {
    json.number("event", to_number(*event));
  } else {
    json.null("event");
  }
  return out;
}

std::string Refusal::to_json() const { return "{" + json_members() + "}"; }

Gate::Gate(const PolicySource& policy, const Clock& clock) : policy_(policy), clock_(clock) {}

net::Awaitable<Admission> Gate::admit(std::shared_ptr<Session> session, std::vector<Command> unit) {
  if (unit.empty()) broken_invariant("the gate was given an empty unit");
  if (!session->live()) co_return session_over(*session);
  if (unit.size() > kUnitCommands) {
    co_return refusal_for(*session, "limit",
                          "More than " + std::to_string(kUnitCommands) + " commands in one unit.");
  }
  session->touch(clock_.mono());

  std::shared_ptr<const Policy> policy = policy_.current();
  std::shared_ptr<const SessionPolicy> bound = session->policy(*policy);
  std::vector<Decision> decisions = decide_unit(bound.get(), *policy, unit, clock_.wall());
  const std::size_t worst = strictest(decisions);
  const bool admitted = decisions[worst].verdict == Verdict::kAllow;
  if (!admitted) spread_denial(decisions, worst);
  std::vector<Recorded> recorded = record_intents(*session, unit, decisions);
  if (!admitted) {
    for (std::size_t i = 0; i < unit.size(); ++i) session->count_denied();
  }

  const bool overlapped = admitted && only_reads(unit) &&
                          session->target().audit.durability == Durability::kOverlapped &&
                          session->recording().healthy();
  std::optional<EventNumber> event;
  bool durable = true;
  if (!overlapped) {
    for (std::size_t i = 0; i < recorded.size(); ++i) {
      Result<EventNumber> number = co_await recorded[i].intent.wait();
      if (!number) durable = false;
      if (number && i == worst) event = number.value();
    }
  }
  if (!durable) {
    if (admitted) abandon(*session, recorded, "the unit could not be recorded whole");
    co_return not_recorded(*session);
  }
  if (!admitted) co_return denied(*session, decisions[worst], *event);
  if (!session->live()) {
    abandon(*session, recorded, "the session ended before the command was sent");
    co_return session_over(*session);
  }
  std::vector<Permit> permits;
  permits.reserve(recorded.size());
  for (Recorded& r : recorded)
    permits.push_back(Permit(session, bound, r.seq, std::move(r.intent)));
  co_return Admission(std::move(permits));
}

}  // namespace sallyport
