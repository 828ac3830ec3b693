// Listings: sessions and commands by what they have.
#include <fmt/format.h>

#include "storage/conditions.h"
#include "storage/reader_impl.h"
#include "storage/schema.h"

namespace sallyport::storage {
namespace {

std::uint64_t microseconds(WallTime time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.time_since_epoch().count()));
}

std::string text(const Statement& row, int column) { return std::string(row.text(column)); }
std::optional<std::string> maybe_text(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return text(row, column);
}
std::optional<std::uint64_t> maybe_number(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.number(column);
}

SessionRow session_row(const Statement& row) {
  return {text(row, 0),   text(row, 1),   maybe_text(row, 2), maybe_text(row, 3), text(row, 4),
          text(row, 5),   text(row, 6),   text(row, 7),       maybe_text(row, 8), text(row, 9),
          text(row, 10),  text(row, 11),  text(row, 12),      row.number(13),     row.number(14),
          row.number(15), row.number(16), row.number(17)};
}

CommandRow command_row(const Statement& row) {
  CommandRow out;
  out.event = row.number(0);
  out.session_id = text(row, 1);
  out.seq = row.number(2);
  out.time = text(row, 3);
  out.subject = text(row, 4);
  out.actor = maybe_text(row, 5);
  out.target = text(row, 6);
  out.protocol = text(row, 7);
  out.action = text(row, 8);
  out.objects = text(row, 9);
  out.text = maybe_text(row, 10);
  out.decision = text(row, 11);
  out.rule = maybe_text(row, 12);
  out.reason = maybe_text(row, 13);
  out.approval_id = maybe_text(row, 14);
  out.status = maybe_text(row, 15);
  out.rows = maybe_number(row, 16);
  out.bytes_in = maybe_number(row, 17);
  out.bytes_out = maybe_number(row, 18);
  out.masked = maybe_number(row, 19);
  if (!row.is_null(20)) out.duration_ms = row.real(20);
  return out;
}

Conditions conditions(const CommandQuery& query) {
  Conditions out;
  if (query.from) out.number("c.time_us >= ?", microseconds(*query.from));
  if (query.to) out.number("c.time_us < ?", microseconds(*query.to));
  if (query.after_event) out.number("c.event > ?", *query.after_event);
  // The query binds no blobs: the id goes in as the hexadecimal text it is made of.
  if (query.session)
    out.add(fmt::format("c.session = (SELECT opened FROM derived_session WHERE id = x'{}')",
                        to_hex(blob_of(*query.session))));
  out.name("s.subject", query.subject);
  out.name("s.target", query.target);
  out.element("c.action", query.action);
  out.element("c.objects", query.object);
  out.text("c.decision = ?", query.decision);
  out.name("c.rule", query.rule);
  out.text("instr(lower(c.text), lower(?)) > 0", query.text);
  return out;
}

}  // namespace

Result<std::vector<SessionRow>> StoreReader::sessions(const SessionQuery& query) {
  Conditions where;
  if (query.from) where.number("started_us >= ?", microseconds(*query.from));
  if (query.to) where.number("started_us < ?", microseconds(*query.to));
  where.name("subject", query.subject);
  where.name("target", query.target);
  if (query.live_only) where.add("ended_us IS NULL");
  auto rows =
      impl_->db.prepare(fmt::format("{} WHERE opened IN (SELECT opened FROM derived_session{} "
                                    "ORDER BY opened DESC LIMIT ? OFFSET ?) "
                                    "ORDER BY opened DESC",
                                    sessions_select(), where.where()));
  if (!rows) return rows.error();
  where.bind(*rows, query.limit, query.offset);
  std::vector<SessionRow> out;
  auto row = rows->step();
  for (; row && *row; row = rows->step()) out.push_back(session_row(*rows));
  if (!row) return row.error();
  return out;
}

Result<SessionRow> StoreReader::session(const SessionId& id) {
  auto rows = impl_->db.prepare(
      sessions_select() + " WHERE opened = (SELECT opened FROM derived_session WHERE id = ?)");
  if (!rows) return rows.error();
  auto row = rows->bind_blob(1, blob_of(id)).step();
  if (!row) return row.error();
  if (!*row) return Error{ErrorCode::kNotFound, "there is no session " + id.to_string()};
  return session_row(*rows);
}

Result<std::vector<CommandRow>> StoreReader::commands(const CommandQuery& query) {
  Conditions where = conditions(query);
  std::string_view order = query.oldest_first ? "ASC" : "DESC";
  auto rows = impl_->db.prepare(fmt::format(
      "SELECT * FROM commands WHERE event IN (SELECT c.event FROM derived_command c JOIN "
      "derived_session s "
      "ON s.opened = c.session{} ORDER BY c.event {} LIMIT ? OFFSET ?) ORDER BY event {}",
      where.where(), order, order));
  if (!rows) return rows.error();
  where.bind(*rows, query.limit, query.offset);
  std::vector<CommandRow> out;
  auto row = rows->step();
  for (; row && *row; row = rows->step()) out.push_back(command_row(*rows));
  if (!row) return row.error();
  return out;
}

}  // namespace sallyport::storage
