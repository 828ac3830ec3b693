// Listings: identities, what gave them their roles, and who is shut out.
#include "storage/conditions.h"
#include "storage/reader_impl.h"

namespace sallyport::storage {
namespace {

std::string text(const Statement& row, int column) { return std::string(row.text(column)); }
std::optional<std::string> maybe_text(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return text(row, column);
}

PrincipalRow principal_row(const Statement& row) {
  return {maybe_text(row, 0),  text(row, 1),        text(row, 2),        maybe_text(row, 3),
          maybe_text(row, 4),  text(row, 5),        text(row, 6),        text(row, 7),
          maybe_text(row, 8),  row.number(9),       row.number(10),      row.number(11),
          maybe_text(row, 12), maybe_text(row, 13), maybe_text(row, 14), maybe_text(row, 15)};
}

}  // namespace

Result<std::vector<PrincipalRow>> StoreReader::principals(const PrincipalQuery& query) {
  Conditions where;
  where.name("subject", query.subject);
  where.name("issuer", query.issuer);
  if (query.disabled_only) where.add("state = 'disabled'");
  if (query.unused_since) {
    where.add("state = 'active'");
    where.text("last_seen < ?", iso8601(*query.unused_since));
  }
  auto rows = impl_->db.prepare(fmt::format(
      "SELECT * FROM principals{} ORDER BY subject, issuer LIMIT ? OFFSET ?", where.where()));
  if (!rows) return rows.error();
  where.bind(*rows, query.limit, query.offset);
  std::vector<PrincipalRow> out;
  auto row = rows->step();
  for (; row && *row; row = rows->step()) out.push_back(principal_row(*rows));
  if (!row) return row.error();
  return out;
}

Result<std::vector<GrantRow>> StoreReader::grants(const std::string& subject) {
  auto rows = impl_->db.prepare(
      "SELECT issuer, subject, target, role, via, last_used FROM grants WHERE subject = ? ORDER BY "
      "issuer, target, role, via");
  if (!rows) return rows.error();
  rows->bind(1, std::string_view(subject));
  std::vector<GrantRow> out;
  auto row = rows->step();
  for (; row && *row; row = rows->step())
    out.push_back({text(*rows, 0), text(*rows, 1), text(*rows, 2), text(*rows, 3), text(*rows, 4),
                   text(*rows, 5)});
  if (!row) return row.error();
  return out;
}

Result<std::vector<AccessOrder>> StoreReader::access_orders() {
  auto rows =
      impl_->db.prepare("SELECT subject, issuer, since_us, ordered_by, reason FROM derived_access");
  if (!rows) return rows.error();
  std::vector<AccessOrder> out;
  auto row = rows->step();
  for (; row && *row; row = rows->step()) {
    const auto since = std::chrono::microseconds(static_cast<std::int64_t>(rows->number(2)));
    out.push_back(
        {text(*rows, 0), text(*rows, 1), WallTime(since), text(*rows, 3), text(*rows, 4)});
  }
  if (!row) return row.error();
  return out;
}

}  // namespace sallyport::storage
