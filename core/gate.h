// The one door between an agent and a target. admit() decides, records, and only then yields
// Permits; a protocol module has no other way to make one. May be used from every I/O thread at
// once.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "core/command.h"
#include "core/decision.h"
#include "core/permit.h"
#include "core/session.h"

namespace sallyport {

// Why a unit of commands was not admitted: what the agent is told, in every protocol's own form.
struct Refusal {
  // INTERFACE section 3: "denied", "waiting", "refused", "expired", "not_recorded", "malformed",
  // "limit".
  std::string code;
  std::string message;  // for people: what happened and what to do
  std::string rule;
  std::string reason;
  bool retryable = false;
  std::string approval;
  std::string session;
  std::optional<EventNumber> event;

  // {"code","message","rule","reason","retryable","approval","session","event"}: the same object on
  // every protocol. Absent values are null.
  std::string to_json() const;
  // The members alone, without braces: for an object that has others as well (problem+json).
  std::string json_members() const;
};

// One Permit per command of the unit, in order; or the refusal of the whole unit.
using Admission = std::variant<std::vector<Permit>, Refusal>;

class Gate {
 public:
  Gate(const PolicySource& policy, const Clock& clock);

  // A unit is decided before any of it is sent, and the strictest verdict holds: siblings of a
  // denied command are recorded as denied under its rule. Durable before it returns, except as
  // Permit::durable() says.
  net::Awaitable<Admission> admit(std::shared_ptr<Session> session, std::vector<Command> unit);

 private:
  const PolicySource& policy_;
  const Clock& clock_;
};

}  // namespace sallyport
