// What an agent is told when it gets no answer of its target's: a problem document (RFC 9457) that
// carries the one object of every refusal (INTERFACE section 3). Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/gate.h"
#include "core/result.h"

namespace sallyport::http {

inline constexpr std::string_view kProblemType = "application/problem+json";

struct Problem {
  int status = 500;
  std::string detail;   // for people; nothing of the target's inside or the agent's credential
  std::string members;  // further JSON members without braces, or empty

  // "application/problem+json": type, title, status, detail and the members.
  std::string body() const;
};

Problem problem_for(const Refusal& refusal);
// Opening a session was refused: kDenied, kLimit or kNotRecorded. The answer for a target that does
// not exist is the one for a target without a role, so that names cannot be probed.
Problem problem_for_session(const Error& error);
// The target could not be reached, gave no answer in time or one that is not HTTP. The error's
// detail names hosts inside, so only its code is told.
Problem problem_for_upstream(const Error& error, const std::string& session);
// The broker cannot show the target the credential it holds for it: why is nothing for agents.
Problem problem_without_credential(const std::string& session);
// The target's answer is not passed on, because what the policy masks cannot be found in it.
Problem problem_withheld(const std::string& why, const std::string& session);
Problem problem_for_wire(int status, const std::string& detail);

}  // namespace sallyport::http
