#include "protocols/http/problem.h"

#include "core/json_writer.h"
#include "protocols/http/encoder.h"

namespace sallyport::http {
namespace {

// INTERFACE section 3: codes to the status of HTTP's own column.
int status_for(std::string_view code) {
  if (code == "waiting") return 202;
  if (code == "not_recorded") return 503;
  if (code == "malformed") return 400;
  if (code == "limit") return 429;
  return 403;  // denied, refused, expired
}

Refusal refusal(std::string code, std::string message, bool retryable) {
  Refusal made;
  made.code = std::move(code);
  made.message = std::move(message);
  made.retryable = retryable;
  return made;
}

std::string retryable_in(const std::string& session) {
  std::string members;
  JsonWriter json(members);
  json.boolean("retryable", true).text("session", session);
  return members;
}

}  // namespace

std::string Problem::body() const {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .text("type", "about:blank")
      .text("title", reason_phrase(status))
      .number("status", static_cast<std::uint64_t>(status))
      .text("detail", detail)
      .end_object();
  if (!members.empty()) {
    out.pop_back();
    out += "," + members + "}";
  }
  return out + "\n";
}

Problem problem_for(const Refusal& refused) {
  return {status_for(refused.code), refused.message, refused.json_members()};
}

Problem problem_for_session(const Error& error) {
  if (error.code == ErrorCode::kNotRecorded) {
    return problem_for(refusal("not_recorded",
                               "The audit store cannot record a session, so none was opened. Try "
                               "again later.",
                               true));
  }
  if (error.code == ErrorCode::kLimit) {
    return problem_for(refusal("limit", "Too many sessions: " + error.detail, true));
  }
  return problem_for(
      refusal("denied", "There is no such target, or no role that opens it.", false));
}

Problem problem_for_upstream(const Error& error, const std::string& session) {
  Problem problem;
  problem.members = retryable_in(session);
  switch (error.code) {
    case ErrorCode::kTimeout:
      problem.status = 504;
      problem.detail = "The target did not answer in time.";
      break;
    case ErrorCode::kMalformed:
    case ErrorCode::kLimit:
    case ErrorCode::kUnsupported:
      problem.status = 502;
      problem.detail = "The target's answer is not one that can be passed on.";
      break;
    case ErrorCode::kNotRecorded:
      problem.status = 503;
      problem.detail = "The audit store cannot record the answer, so it was not passed on.";
      break;
    case ErrorCode::kInvalid:
    case ErrorCode::kDenied:
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kClosed:
    case ErrorCode::kRevoked:
    case ErrorCode::kUnavailable:
    case ErrorCode::kNotFound:
    case ErrorCode::kInternal:
      problem.status = 502;
      problem.detail = "The target cannot be reached.";
      break;
  }
  return problem;
}

Problem problem_without_credential(const std::string& session) {
  return {502, "The broker has no usable credential for this target, so nothing was sent.",
          retryable_in(session)};
}

Problem problem_withheld(const std::string& why, const std::string& session) {
  Refusal made = refusal(
      "denied",
      "The target carried the request out, but what the policy masks cannot be found in its "
      "answer, "
      "which was withheld: " +
          why + ". Ask for the content as text or JSON, or have the policy say `unreadable: pass`.",
      false);
  made.reason = why;
  made.session = session;
  return problem_for(made);
}

Problem problem_for_wire(int status, const std::string& detail) {
  Refusal made = refusal(status == 400 || status == 501 || status == 505 ? "malformed" : "limit",
                         detail, false);
  return {status, detail, made.json_members()};
}

}  // namespace sallyport::http
