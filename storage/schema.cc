#include "storage/schema.h"

#include <fmt/format.h>

namespace sallyport::storage {
namespace {

SchemaObject table(std::string name, std::string_view columns,
                   std::string_view options = "STRICT") {
  std::string sql = fmt::format("CREATE TABLE {}({}) {}", name, columns, options);
  return {std::move(name), std::move(sql)};
}

SchemaObject index(std::string name, std::string_view on) {
  bool unique = name.ends_with("_unique");
  std::string sql = fmt::format("CREATE {}INDEX {} ON {}", unique ? "UNIQUE " : "", name, on);
  return {std::move(name), std::move(sql)};
}

SchemaObject view(std::string name, std::string_view columns, std::string_view select) {
  std::string sql = fmt::format("CREATE VIEW {}({}) AS {}", name, columns, select);
  return {std::move(name), std::move(sql)};
}

// ISO 8601 with milliseconds, in whole numbers so that nothing is rounded up into the next second.
std::string iso(std::string_view column) {
  return fmt::format(
      "strftime('%Y-%m-%dT%H:%M:%S',{0}/1000000,'unixepoch')||printf('.%03dZ',{0}/1000%1000)",
      column);
}

// A session's id as people write it.
std::string dashed(std::string_view column) {
  return fmt::format(
      "lower(substr(hex({0}),1,8)||'-'||substr(hex({0}),9,4)||'-'||substr(hex({0}),13,4)||'-'||"
      "substr(hex({0}),17,4)||'-'||substr(hex({0}),21))",
      column);
}

SchemaObject payload_table() {
  return table(
      "payload",
      "id INTEGER PRIMARY KEY, session BLOB NOT NULL, seq INTEGER NOT NULL, stream TEXT NOT "
      "NULL, offset_us INTEGER NOT NULL, size INTEGER NOT NULL, salt BLOB NOT NULL, key_id "
      "INTEGER NOT NULL, algorithm TEXT NOT NULL, blob BLOB NOT NULL");
}

// Against slips, not against an attacker: whoever can write the file can drop a trigger.
SchemaObject append_only(std::string_view verb) {
  std::string name = fmt::format("leaf_no_{}", verb);
  std::string sql = fmt::format(
      "CREATE TRIGGER {} BEFORE {} ON leaf BEGIN SELECT RAISE(ABORT,'the audit log is "
      "append-only'); "
      "END",
      name, verb);
  return {std::move(name), std::move(sql)};
}

void add_tables(std::vector<SchemaObject>& out) {
  out.push_back(table("leaf", "n INTEGER PRIMARY KEY, bytes BLOB NOT NULL, hashes BLOB NOT NULL"));
  out.push_back(append_only("update"));
  out.push_back(append_only("delete"));
  out.push_back(payload_table());
  out.push_back(
      table("session_key",
            "session BLOB NOT NULL, key_id INTEGER NOT NULL, store_key TEXT NOT NULL, wrapped "
            "BLOB NOT NULL, PRIMARY KEY(session, key_id)",
            "STRICT, WITHOUT ROWID"));
  out.push_back(table("store_key",
                      "name TEXT PRIMARY KEY, store_key TEXT NOT NULL, wrapped BLOB NOT NULL",
                      "STRICT, WITHOUT ROWID"));
  // What was sealed; who did it when is in derived_secret.
  out.push_back(table("secret",
                      "name TEXT NOT NULL, version INTEGER NOT NULL, store_key TEXT NOT NULL, "
                      "wrapped BLOB NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY(name, version)",
                      "STRICT, WITHOUT ROWID"));
  out.push_back(
      table("state", "name TEXT PRIMARY KEY, value INTEGER NOT NULL", "STRICT, WITHOUT ROWID"));
}

void add_derived(std::vector<SchemaObject>& out) {
  out.push_back(table("derived_session",
                      "opened INTEGER PRIMARY KEY, id BLOB NOT NULL, started_us INTEGER NOT NULL, "
                      "ended_us INTEGER, "
                      "end_reason TEXT, protocol TEXT NOT NULL, target TEXT NOT NULL, issuer TEXT "
                      "NOT NULL, subject TEXT "
                      "NOT NULL, actor TEXT, groups TEXT NOT NULL, roles TEXT NOT NULL, "
                      "client_address TEXT NOT NULL, "
                      "auth_method TEXT NOT NULL, bytes_in INTEGER, bytes_out INTEGER"));
  out.push_back(index("derived_session_unique", "derived_session(id)"));
  out.push_back(index("derived_session_subject", "derived_session(subject, issuer)"));
  out.push_back(index("derived_session_live", "derived_session(opened) WHERE ended_us IS NULL"));
  out.push_back(table("derived_command",
                      "event INTEGER PRIMARY KEY, session INTEGER NOT NULL, seq INTEGER NOT NULL, "
                      "time_us INTEGER NOT "
                      "NULL, action TEXT NOT NULL, objects TEXT NOT NULL, text TEXT, decision TEXT "
                      "NOT NULL, rule TEXT, "
                      "reason TEXT, approval_id TEXT, outcome INTEGER, status TEXT, rows INTEGER, "
                      "bytes_in INTEGER, "
                      "bytes_out INTEGER, masked INTEGER, duration_us INTEGER"));
  out.push_back(index("derived_command_unique", "derived_command(session, seq)"));
  out.push_back(index("derived_command_open",
                      "derived_command(event) WHERE outcome IS NULL AND decision = 'allow'"));
  out.push_back(
      index("derived_command_denied", "derived_command(session) WHERE decision = 'deny'"));
  out.push_back(
      table("derived_chunks",
            "session INTEGER NOT NULL, seq INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY "
            "KEY(session, seq, event)",
            "STRICT, WITHOUT ROWID"));
  out.push_back(
      table("derived_approval",
            "id TEXT PRIMARY KEY, session INTEGER NOT NULL, seq INTEGER NOT NULL, requested_us "
            "INTEGER NOT NULL, expires_us INTEGER, state TEXT NOT NULL, digest TEXT, decided_by "
            "TEXT, decided_us INTEGER, reason TEXT",
            "STRICT, WITHOUT ROWID"));
  out.push_back(
      table("derived_login",
            "event INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, protocol TEXT, client_address "
            "TEXT, issuer TEXT, subject TEXT, outcome TEXT NOT NULL, reason TEXT"));
  out.push_back(
      table("derived_change",
            "event INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, kind TEXT NOT NULL, subject "
            "TEXT, before TEXT, after TEXT"));
  out.push_back(table("derived_secret",
                      "name TEXT NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL, "
                      "created_us INTEGER NOT NULL, created_by TEXT, removed_us INTEGER, "
                      "removed_by TEXT, PRIMARY KEY(name, version)",
                      "STRICT, WITHOUT ROWID"));
  out.push_back(table("derived_credential_use",
                      "reference TEXT NOT NULL, version INTEGER NOT NULL, target TEXT NOT NULL, "
                      "first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, uses INTEGER NOT NULL, "
                      "PRIMARY KEY(reference, version, target)",
                      "STRICT, WITHOUT ROWID"));
  out.push_back(
      table("derived_ticket",
            "ticket TEXT PRIMARY KEY, issued INTEGER NOT NULL, expires_us INTEGER NOT NULL, "
            "uses_left INTEGER NOT NULL, target TEXT",
            "STRICT, WITHOUT ROWID"));
  out.push_back(index("derived_ticket_usable", "derived_ticket(expires_us) WHERE uses_left > 0"));
}

// Identities: who was ever seen, what gave them their roles, and who is shut out (issuer '': of
// every issuer).
void add_access(std::vector<SchemaObject>& out) {
  out.push_back(table("derived_principal",
                      "issuer TEXT NOT NULL, subject TEXT NOT NULL, first_us INTEGER NOT NULL, "
                      "last_us INTEGER NOT NULL, groups TEXT NOT NULL, roles TEXT NOT NULL, "
                      "auth_method TEXT, sessions INTEGER NOT NULL, failed INTEGER NOT NULL, "
                      "last_failed_us INTEGER, PRIMARY KEY(issuer, subject)",
                      "STRICT, WITHOUT ROWID"));
  out.push_back(table("derived_grant",
                      "issuer TEXT NOT NULL, subject TEXT NOT NULL, target TEXT NOT NULL, role "
                      "TEXT NOT NULL, via TEXT NOT NULL, last_us INTEGER NOT NULL, PRIMARY "
                      "KEY(issuer, subject, target, role, via)",
                      "STRICT, WITHOUT ROWID"));
  out.push_back(table("derived_access",
                      "subject TEXT NOT NULL, issuer TEXT NOT NULL, since_us INTEGER NOT NULL, "
                      "ordered_by TEXT, reason TEXT, PRIMARY KEY(subject, issuer)",
                      "STRICT, WITHOUT ROWID"));
}

// The names of targets need no escaping in JSON (SQLite's own functions for it may not stand in a
// view). An identity that was disabled before it was ever seen is listed without what only use can
// tell.
void add_access_views(std::vector<SchemaObject>& out) {
  out.push_back(
      view("principals",
           "issuer, subject, state, first_seen, last_seen, groups, roles, targets, auth_method, "
           "sessions, denied, failed_logins, last_failed_login, disabled_at, disabled_by, "
           "disabled_reason",
           fmt::format(R"sql(
  SELECT p.issuer, p.subject, iif(a.subject IS NULL, 'active', 'disabled'), {}, {}, p.groups,
    p.roles,
    coalesce((SELECT '["' || group_concat(target, '","') || '"]' FROM (SELECT DISTINCT target
      FROM derived_session s WHERE s.subject = p.subject AND s.issuer = p.issuer ORDER BY target)),
      '[]'),
    p.auth_method, p.sessions,
    (SELECT count(*) FROM derived_session s JOIN derived_command c ON c.session = s.opened
      WHERE s.subject = p.subject AND s.issuer = p.issuer AND c.decision = 'deny'),
    p.failed, {}, {}, a.ordered_by, a.reason
  FROM derived_principal p LEFT JOIN derived_access a ON a.subject = p.subject AND a.issuer =
    (SELECT min(issuer) FROM derived_access WHERE subject = p.subject AND issuer IN ('', p.issuer))
  UNION ALL
  SELECT nullif(a.issuer, ''), a.subject, 'disabled', NULL, NULL, '[]', '[]', '[]', NULL, 0, 0, 0,
    NULL, {}, a.ordered_by, a.reason
  FROM derived_access a WHERE NOT EXISTS (SELECT 1 FROM derived_principal p
    WHERE p.subject = a.subject AND a.issuer IN ('', p.issuer)))sql",
                       iso("p.first_us"), iso("p.last_us"), iso("p.last_failed_us"),
                       iso("a.since_us"), iso("a.since_us"))));
  out.push_back(view("grants", "issuer, subject, target, role, via, last_used",
                     fmt::format(R"sql(
  SELECT issuer, subject, target, role, via, {} FROM derived_grant)sql",
                                 iso("last_us"))));
}

void add_views(std::vector<SchemaObject>& out) {
  out.push_back(view("sessions",
                     "id, started_at, ended_at, end_reason, protocol, target, issuer, subject, "
                     "actor, groups, roles, client_address, auth_method, commands, denied, masked, "
                     "bytes_in, bytes_out",
                     sessions_select()));
  out.push_back(view(
      "commands",
      "event, session_id, seq, time, subject, actor, target, protocol, action, objects, text, "
      "decision, rule, reason, approval_id, status, rows, bytes_in, bytes_out, masked, duration_ms",
      fmt::format(R"sql(
  SELECT c.event, {}, c.seq, {}, s.subject, s.actor, s.target, s.protocol, c.action, c.objects,
    c.text, c.decision, c.rule, c.reason, c.approval_id, c.status, c.rows, c.bytes_in, c.bytes_out,
    c.masked, c.duration_us / 1000.0
  FROM derived_command c JOIN derived_session s ON s.opened = c.session)sql",
                  dashed("s.id"), iso("c.time_us"))));
  out.push_back(view("approvals",
                     "id, session_id, seq, requested_at, expires_at, state, digest, decided_by, "
                     "decided_at, reason",
                     fmt::format(R"sql(
  SELECT a.id, {}, a.seq, {}, {}, a.state, a.digest, a.decided_by, {}, a.reason
  FROM derived_approval a JOIN derived_session s ON s.opened = a.session)sql",
                                 dashed("s.id"), iso("a.requested_us"), iso("a.expires_us"),
                                 iso("a.decided_us"))));
  out.push_back(view("logins", "time, protocol, client_address, issuer, subject, outcome, reason",
                     fmt::format(R"sql(
  SELECT {}, protocol, client_address, issuer, subject, outcome, reason FROM derived_login)sql",
                                 iso("time_us"))));
  out.push_back(view("changes", "time, kind, subject, before, after",
                     fmt::format(R"sql(
  SELECT {}, kind, subject, before, after FROM derived_change)sql",
                                 iso("time_us"))));
  out.push_back(view("secrets",
                     "name, version, kind, created_at, created_by, removed_at, removed_by, "
                     "last_used_at, uses",
                     fmt::format(R"sql(
  SELECT s.name, s.version, s.kind, {}, s.created_by, {}, s.removed_by, {}, coalesce(u.uses, 0)
  FROM derived_secret s LEFT JOIN (SELECT reference, version, max(last_us) AS last_us, sum(uses) AS
    uses FROM derived_credential_use GROUP BY reference, version) u
    ON u.reference = 'secret:' || s.name AND u.version = s.version)sql",
                                 iso("s.created_us"), iso("s.removed_us"), iso("u.last_us"))));
  out.push_back(view("credential_uses",
                     "reference, version, target, first_used_at, last_used_at, uses",
                     fmt::format(R"sql(
  SELECT reference, nullif(version, 0), target, {}, {}, uses FROM derived_credential_use)sql",
                                 iso("first_us"), iso("last_us"))));
}

std::vector<SchemaObject> make_main() {
  std::vector<SchemaObject> out;
  add_tables(out);
  add_derived(out);
  add_access(out);
  add_views(out);
  add_access_views(out);
  return out;
}

}  // namespace

std::string sessions_select() {
  return fmt::format(R"sql(
  SELECT {}, {}, {}, end_reason, protocol, target, issuer, subject, actor, groups, roles,
    client_address, auth_method,
    (SELECT count(*) FROM derived_command c WHERE c.session = opened),
    (SELECT count(*) FROM derived_command c WHERE c.session = opened AND c.decision = 'deny'),
    (SELECT coalesce(sum(c.masked), 0) FROM derived_command c WHERE c.session = opened),
    coalesce(bytes_in,
      (SELECT coalesce(sum(c.bytes_in), 0) FROM derived_command c WHERE c.session = opened)),
    coalesce(bytes_out,
      (SELECT coalesce(sum(c.bytes_out), 0) FROM derived_command c WHERE c.session = opened))
  FROM derived_session)sql",
                     dashed("id"), iso("started_us"), iso("ended_us"));
}

const std::vector<SchemaObject>& main_schema() {
  static const std::vector<SchemaObject> schema = make_main();
  return schema;
}

const std::vector<SchemaObject>& payload_schema() {
  static const std::vector<SchemaObject> schema = {payload_table()};
  return schema;
}

const std::vector<DerivedTable>& derived_tables() {
  static const std::vector<DerivedTable> tables = {
      {"derived_session", "opened"},
      {"derived_command", "event"},
      {"derived_chunks", "session, seq, event", 2},
      {"derived_approval", "id", -1},
      {"derived_login", "event"},
      {"derived_change", "event"},
      {"derived_secret", "name, version", -1},
      {"derived_credential_use", "reference, version, target", -1},
      {"derived_ticket", "ticket", 1},
      {"derived_principal", "issuer, subject", -1},
      {"derived_grant", "issuer, subject, target, role, via", -1},
      {"derived_access", "subject, issuer", -1}};
  return tables;
}

bool is_derived(std::string_view name) { return name.starts_with("derived_"); }

}  // namespace sallyport::storage
