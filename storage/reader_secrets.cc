// Listings: the sealed secrets in force, and when credentials were last used.
#include "storage/reader_impl.h"

namespace sallyport::storage {
namespace {

WallTime time_of(std::uint64_t us) {
  return WallTime(std::chrono::microseconds(static_cast<std::int64_t>(us)));
}

}  // namespace

Result<std::vector<SecretRow>> StoreReader::secrets() {
  auto rows = impl_->db.prepare(
      "SELECT s.name, s.version, s.kind, (SELECT min(f.created_us) FROM derived_secret f WHERE "
      "f.name = s.name AND f.removed_us IS NULL), s.created_us, s.created_by FROM derived_secret s "
      "WHERE s.removed_us IS NULL AND s.version = (SELECT max(l.version) FROM derived_secret l "
      "WHERE l.name = s.name) ORDER BY s.name");
  if (!rows) return rows.error();
  std::vector<SecretRow> out;
  auto row = rows->step();
  for (; row && *row; row = rows->step())
    out.push_back({std::string(rows->text(0)), rows->number(1), std::string(rows->text(2)),
                   time_of(rows->number(3)), time_of(rows->number(4)), std::string(rows->text(5))});
  if (!row) return row.error();
  return out;
}

Result<std::map<std::string, WallTime>> StoreReader::credential_uses() {
  auto rows = impl_->db.prepare(
      "SELECT reference, max(last_us) FROM derived_credential_use GROUP BY reference");
  if (!rows) return rows.error();
  std::map<std::string, WallTime> out;
  auto row = rows->step();
  for (; row && *row; row = rows->step())
    out.emplace(std::string(rows->text(0)), time_of(rows->number(1)));
  if (!row) return row.error();
  return out;
}

}  // namespace sallyport::storage
