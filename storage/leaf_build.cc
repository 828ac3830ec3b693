#include <algorithm>

#include "storage/leaf.h"
#include "storage/limits.h"
#include "storage/text.h"

namespace sallyport::storage {
namespace {

std::string bounded(std::string_view text) { return clean_text(text, kLeafText); }
std::string name(std::string_view text) { return clean_text(text, kLeafName); }

std::vector<std::string> names(const std::vector<std::string>& values) {
  std::vector<std::string> out;
  for (const std::string& value : values) {
    if (out.size() == kLeafNames) break;
    out.push_back(name(value));
  }
  return out;
}

std::uint64_t microseconds(WallTime time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.time_since_epoch().count()));
}

}  // namespace

std::string_view kind_of(const LeafBody& body) {
  struct Kind {
    std::string_view operator()(const IntentLeaf&) const { return "intent"; }
    std::string_view operator()(const OutcomeLeaf&) const { return "outcome"; }
    std::string_view operator()(const SessionOpenedLeaf&) const { return "session.opened"; }
    std::string_view operator()(const SessionClosedLeaf&) const { return "session.closed"; }
    std::string_view operator()(const LoginLeaf&) const { return "login"; }
    std::string_view operator()(const ChangeLeaf&) const { return "change"; }
    std::string_view operator()(const ChunksLeaf&) const { return "payload.chunks"; }
    std::string_view operator()(const TruncatedLeaf&) const { return "payload.truncated"; }
    std::string_view operator()(const EventLeaf& leaf) const { return leaf.kind; }
  };
  return std::visit(Kind{}, body);
}

bool is_event_kind(std::string_view kind) {
  for (std::string_view own : {"intent", "outcome", "session.opened", "session.closed", "login",
                               "change", "payload.chunks", "payload.truncated"})
    if (kind == own) return false;
  if (kind.empty() || kind.size() > 64 || kind[0] < 'a' || kind[0] > 'z') return false;
  return std::all_of(kind.begin(), kind.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

IntentLeaf make_intent(const SessionId& session, CommandSeq seq, const Command& command,
                       const Decision& decision) {
  IntentLeaf leaf;
  leaf.session = session;
  leaf.seq = to_number(seq);
  for (std::string_view action : command.actions.names()) leaf.actions.emplace_back(action);
  std::size_t kept = std::min(command.objects.size(), kLeafNames);
  leaf.objects.reserve(kept);
  for (std::size_t i = 0; i < kept; ++i)
    leaf.objects.push_back(name(command.objects[i].to_string()));
  leaf.objects_omitted = command.objects.size() - kept;
  leaf.verdict = decision.verdict;
  leaf.rule = name(decision.rule);
  leaf.reason = bounded(decision.reason);
  leaf.policy = name(decision.policy_id);
  leaf.observed = names(decision.observed);
  return leaf;
}

OutcomeLeaf make_outcome(const SessionId& session, CommandSeq seq, const Outcome& outcome) {
  OutcomeLeaf leaf;
  leaf.session = session;
  leaf.seq = to_number(seq);
  leaf.completion = outcome.completion;
  leaf.status = name(outcome.status);
  leaf.detail = bounded(outcome.detail);
  leaf.rows = outcome.rows;
  leaf.bytes_in = outcome.bytes_in;
  leaf.bytes_out = outcome.bytes_out;
  leaf.masked = outcome.masked;
  leaf.duration_us =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, outcome.duration.count()));
  return leaf;
}

SessionOpenedLeaf make_session_opened(const SessionOpened& opened) {
  SessionOpenedLeaf leaf;
  leaf.session = opened.id;
  leaf.protocol = name(opened.protocol);
  leaf.target = name(opened.target);
  leaf.issuer = name(opened.principal.issuer);
  leaf.subject = name(opened.principal.subject);
  leaf.actors = names(opened.principal.actors);
  leaf.groups = names(opened.principal.groups);
  leaf.roles = names(opened.roles);
  leaf.policy = name(opened.policy_id);
  leaf.client_address = name(opened.client_address);
  leaf.crypto = name(opened.crypto);
  leaf.auth_method = name(opened.principal.auth_method);
  leaf.credential_id = name(opened.principal.credential_id);
  leaf.expires_us = microseconds(opened.principal.expires_at);
  return leaf;
}

SessionClosedLeaf make_session_closed(const SessionId& session, const SessionClosed& closed) {
  return {session, name(closed.reason), closed.bytes_in, closed.bytes_out};
}

LoginLeaf make_login(const Login& login) {
  return {name(login.protocol), name(login.client_address), name(login.issuer), name(login.subject),
          login.accepted,       bounded(login.reason)};
}

ChangeLeaf make_change(const Change& change) {
  return {name(change.kind), name(change.subject), bounded(change.before), bounded(change.after)};
}

EventLeaf make_event(const Event& event) {
  EventLeaf leaf{event.type, {}};
  for (const auto& [key, value] : event.fields) {
    if (leaf.fields.size() == kLeafFields) break;
    leaf.fields.emplace_back(name(key), bounded(value));
  }
  return leaf;
}

}  // namespace sallyport::storage
