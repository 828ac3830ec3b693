#include "storage/derive.h"

#include "core/json_writer.h"
#include "storage/secret_version.h"

namespace sallyport::storage {
namespace {

std::string json_list(const std::vector<std::string>& values) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const std::string& value : values) json.text({}, value);
  json.end_array();
  return out;
}

std::string_view blob(const SessionId& id) {
  return {reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()};
}

// INTERFACE section 6: the protocol's own status, or how the command ended when it did not
// complete.
std::string_view status_of(const OutcomeLeaf& leaf) {
  bool complete = leaf.completion == Completion::kComplete;
  return complete && !leaf.status.empty() ? std::string_view(leaf.status)
                                          : to_string(leaf.completion);
}

Error does_not_fit(std::string what) { return {ErrorCode::kInvalid, std::move(what)}; }

}  // namespace

Result<Deriver> Deriver::make(Database& db) {
  Deriver out;
  out.db_ = &db;
  struct Entry {
    Statement Deriver::*statement;
    std::string_view sql;
  };
  const Entry entries[] = {
      {&Deriver::open_session_,
       "INSERT INTO derived_session(opened, id, started_us, protocol, target, issuer, subject, "
       "actor, "
       "groups, roles, client_address, auth_method) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"},
      {&Deriver::close_session_,
       "UPDATE derived_session SET ended_us = ?, end_reason = ?, bytes_in = ?, bytes_out = ? WHERE "
       "opened "
       "= ? AND ended_us IS NULL"},
      {&Deriver::find_session_, "SELECT opened FROM derived_session WHERE id = ?"},
      {&Deriver::find_command_, "SELECT 1 FROM derived_command WHERE session = ? AND seq = ?"},
      {&Deriver::intent_,
       "INSERT INTO derived_command(event, session, seq, time_us, action, objects, text, decision, "
       "rule, "
       "reason, approval_id) VALUES(?,?,?,?,?,?,?,?,?,?,?)"},
      {&Deriver::outcome_,
       "UPDATE derived_command SET outcome = ?, status = ?, rows = ?, bytes_in = ?, bytes_out = ?, "
       "masked "
       "= ?, duration_us = ? WHERE session = ? AND seq = ? AND outcome IS NULL AND decision <> "
       "'deny'"},
      {&Deriver::chunks_, "INSERT INTO derived_chunks(session, seq, event) VALUES(?,?,?)"},
      {&Deriver::login_,
       "INSERT INTO derived_login(event, time_us, protocol, client_address, issuer, subject, "
       "outcome, "
       "reason) VALUES(?,?,?,?,?,?,?,?)"},
      {&Deriver::change_,
       "INSERT INTO derived_change(event, time_us, kind, subject, before, after) "
       "VALUES(?,?,?,?,?,?)"},
      {&Deriver::set_secret_,
       "INSERT INTO derived_secret(name, version, kind, created_us, created_by) "
       "VALUES(?,?,?,?,?)"},
      {&Deriver::remove_secret_,
       "UPDATE derived_secret SET removed_us = ?, removed_by = ? WHERE name = ? AND version <= ? "
       "AND removed_us IS NULL"},
      {&Deriver::credential_,
       "INSERT INTO derived_credential_use(reference, version, target, first_us, last_us, uses) "
       "VALUES(?,?,?,?,?,1) ON CONFLICT(reference, version, target) DO UPDATE SET last_us = "
       "excluded.last_us, uses = uses + 1"},
      {&Deriver::issue_ticket_,
       "INSERT INTO derived_ticket(ticket, issued, expires_us, uses_left, target) "
       "VALUES(?,?,?,?,?)"},
      {&Deriver::redeem_ticket_,
       "UPDATE derived_ticket SET uses_left = uses_left - 1, target = ? WHERE ticket = ? AND "
       "uses_left > 0"},
      {&Deriver::seen_,
       "INSERT INTO derived_principal(issuer, subject, first_us, last_us, groups, roles, sessions, "
       "failed) VALUES(?1,?2,?3,?3,'[]','[]',0,0) ON CONFLICT(issuer, subject) DO UPDATE SET "
       "last_us = excluded.last_us"},
      {&Deriver::failed_,
       "UPDATE derived_principal SET failed = failed + 1, last_failed_us = ? WHERE issuer = ? AND "
       "subject = ?"},
      {&Deriver::opened_,
       "INSERT INTO derived_principal(issuer, subject, first_us, last_us, groups, roles, "
       "auth_method, sessions, failed) VALUES(?1,?2,?3,?3,?4,?5,?6,1,0) ON CONFLICT(issuer, "
       "subject) DO UPDATE SET last_us = excluded.last_us, groups = excluded.groups, roles = "
       "excluded.roles, auth_method = excluded.auth_method, sessions = sessions + 1"},
      {&Deriver::grant_,
       "INSERT INTO derived_grant(issuer, subject, target, role, via, last_us) VALUES(?,?,?,?,?,?) "
       "ON CONFLICT(issuer, subject, target, role, via) DO UPDATE SET last_us = excluded.last_us"},
      {&Deriver::disable_,
       "INSERT OR REPLACE INTO derived_access(subject, issuer, since_us, ordered_by, reason) "
       "VALUES(?,?,?,?,?)"},
      {&Deriver::enable_,
       "DELETE FROM derived_access WHERE subject = ?1 AND (?2 = '' OR issuer = ?2)"},
  };
  for (const Entry& entry : entries) {
    auto statement = db.prepare(entry.sql);
    if (!statement) return statement.error();
    out.*entry.statement = std::move(*statement);
  }
  return out;
}

Result<void> Deriver::apply(const LeafHeader& header, const LeafBody& body,
                            const std::optional<std::string>& text) {
  text_ = &text;
  return std::visit([&](const auto& leaf) { return write(header, leaf); }, body);
}

Result<std::uint64_t> Deriver::session_event(const SessionId& id) {
  if (auto known = sessions_.find(id); known != sessions_.end()) return known->second;
  ResetGuard guard(find_session_);
  auto row = find_session_.bind_blob(1, blob(id)).step();
  if (!row) return row.error();
  if (!*row) return does_not_fit("names a session that no event opened");
  std::uint64_t opened = find_session_.number(0);
  sessions_.emplace(id, opened);
  return opened;
}

Result<std::uint64_t> Deriver::command_session(const SessionId& id, std::uint32_t seq) {
  auto session = session_event(id);
  if (!session) return session;
  ResetGuard guard(find_command_);
  auto row = find_command_.bind(1, *session).bind(2, std::uint64_t{seq}).step();
  if (!row) return row.error();
  if (!*row) return does_not_fit("belongs to a command without an intent");
  return session;
}

Result<void> Deriver::write(const LeafHeader& h, const SessionOpenedLeaf& leaf) {
  std::string groups = json_list(leaf.groups);
  std::string roles = json_list(leaf.roles);
  Statement& s = open_session_;
  s.bind(1, h.n).bind_blob(2, blob(leaf.session)).bind(3, h.time_us).bind(4, leaf.protocol);
  s.bind(5, leaf.target).bind(6, leaf.issuer).bind(7, leaf.subject);
  s.bind_optional(8, leaf.actors.empty() ? std::string_view() : leaf.actors.front());
  s.bind(9, groups).bind(10, roles).bind(11, leaf.client_address).bind(12, leaf.auth_method);
  auto done = s.run();
  if (!done)
    return done.error().code == ErrorCode::kInvalid ? does_not_fit("opens a session a second time")
                                                    : done.error();
  sessions_.insert_or_assign(leaf.session, h.n);
  Statement& p = opened_;
  p.bind(1, std::string_view(leaf.issuer)).bind(2, std::string_view(leaf.subject));
  p.bind(3, h.time_us).bind(4, groups).bind(5, roles).bind_optional(6, leaf.auth_method);
  return p.run();
}

Result<void> Deriver::write(const LeafHeader& h, const SessionClosedLeaf& leaf) {
  auto session = session_event(leaf.session);
  if (!session) return session.error();
  Statement& s = close_session_;
  s.bind(1, h.time_us).bind_optional(2, leaf.reason).bind(3, leaf.bytes_in).bind(4, leaf.bytes_out);
  auto done = s.bind(5, *session).run();
  if (!done) return done;
  if (db_->changes() != 1) return does_not_fit("closes a session that is closed already");
  sessions_.erase(leaf.session);
  return {};
}

Result<void> Deriver::write(const LeafHeader& h, const IntentLeaf& leaf) {
  auto session = session_event(leaf.session);
  if (!session) return session.error();
  std::string action = json_list(leaf.actions);
  std::string objects = json_list(leaf.objects);
  Statement& s = intent_;
  s.bind(1, h.n).bind(2, *session).bind(3, std::uint64_t{leaf.seq}).bind(4, h.time_us);
  s.bind(5, action).bind(6, objects);
  if (*text_) {
    s.bind(7, std::string_view(**text_));
  } else {
    s.bind_null(7);
  }
  s.bind(8, to_string(leaf.verdict)).bind_optional(9, leaf.rule).bind_optional(10, leaf.reason);
  auto done = s.bind_optional(11, leaf.approval).run();
  if (!done && done.error().code == ErrorCode::kInvalid)
    return does_not_fit("is a second intent with the same number in its session");
  return done;
}

Result<void> Deriver::write(const LeafHeader& h, const OutcomeLeaf& leaf) {
  auto session = session_event(leaf.session);
  if (!session) return session.error();
  Statement& s = outcome_;
  s.bind(1, h.n).bind(2, status_of(leaf)).bind(3, leaf.rows).bind(4, leaf.bytes_in);
  s.bind(5, leaf.bytes_out).bind(6, leaf.masked).bind(7, leaf.duration_us);
  auto done = s.bind(8, *session).bind(9, std::uint64_t{leaf.seq}).run();
  if (!done) return done;
  if (db_->changes() != 1)
    return does_not_fit("is the outcome of a command that was not admitted or is over already");
  return {};
}

Result<void> Deriver::write(const LeafHeader& h, const ChunksLeaf& leaf) {
  auto session = command_session(leaf.session, leaf.seq);
  if (!session) return session.error();
  return chunks_.bind(1, *session).bind(2, std::uint64_t{leaf.seq}).bind(3, h.n).run();
}

Result<void> Deriver::write(const LeafHeader&, const TruncatedLeaf& leaf) {
  auto session = command_session(leaf.session, leaf.seq);
  if (!session) return session.error();
  return {};
}

Result<void> Deriver::write(const LeafHeader& h, const LoginLeaf& leaf) {
  Statement& s = login_;
  s.bind(1, h.n).bind(2, h.time_us).bind_optional(3, leaf.protocol);
  s.bind_optional(4, leaf.client_address).bind_optional(5, leaf.issuer);
  s.bind_optional(6, leaf.subject)
      .bind(7, std::string_view(leaf.accepted ? "accepted" : "refused"));
  if (auto done = s.bind_optional(8, leaf.reason).run(); !done) return done;
  // Only an accepted login shows that there is such an identity.
  if (leaf.subject.empty()) return {};
  if (leaf.accepted) {
    seen_.bind(1, std::string_view(leaf.issuer)).bind(2, std::string_view(leaf.subject));
    return seen_.bind(3, h.time_us).run();
  }
  failed_.bind(1, h.time_us).bind(2, std::string_view(leaf.issuer));
  return failed_.bind(3, std::string_view(leaf.subject)).run();
}

Result<void> Deriver::write(const LeafHeader& h, const ChangeLeaf& leaf) {
  if (leaf.change == kSecretChange)
    if (auto done = change_secret(h, leaf); !done) return done;
  Statement& s = change_;
  s.bind(1, h.n).bind(2, h.time_us).bind(3, std::string_view(leaf.change));
  s.bind_optional(4, leaf.subject).bind_optional(5, leaf.before).bind_optional(6, leaf.after);
  return s.run();
}

Result<void> Deriver::change_secret(const LeafHeader& h, const ChangeLeaf& leaf) {
  if (auto set = parse_secret_version(leaf.after)) {
    Statement& s = set_secret_;
    s.bind(1, std::string_view(set->name)).bind(2, std::uint64_t{set->version});
    s.bind(3, std::string_view(set->kind)).bind(4, h.time_us).bind_optional(5, leaf.subject);
    auto done = s.run();
    if (!done && done.error().code == ErrorCode::kInvalid)
      return does_not_fit("sets a version of a secret a second time");
    return done;
  }
  auto removed = parse_secret_version(leaf.before);
  if (!removed || !leaf.after.empty()) return does_not_fit("names no version of a secret");
  Statement& s = remove_secret_;
  s.bind(1, h.time_us).bind_optional(2, leaf.subject).bind(3, std::string_view(removed->name));
  return s.bind(4, std::uint64_t{removed->version}).run();
}

}  // namespace sallyport::storage
