#include "storage/rotation.h"

#include <fmt/format.h>

#include "storage/limits.h"
#include "storage/secret_version.h"
#include "storage/store_core.h"

namespace sallyport::storage {
namespace {

// A table of wrapped keys; two columns name a row.
struct Table {
  std::string_view name;
  std::string_view first;
  std::string_view second;  // or an expression that is always 0
  bool blob;                // the first column
  // What a row's key is wrapped for; nothing: not a row that this program wrote.
  std::optional<std::string> (*purpose)(std::string_view first, std::uint64_t second);
};

std::optional<std::string> session_purpose(std::string_view first, std::uint64_t second) {
  auto id = session_from_blob(first);
  if (!id) return std::nullopt;
  return session_key_purpose(*id, static_cast<std::uint32_t>(second));
}
std::optional<std::string> secret_purpose_of(std::string_view first, std::uint64_t second) {
  return secret_purpose(first, static_cast<std::uint32_t>(second));
}
std::optional<std::string> store_purpose(std::string_view, std::uint64_t) {
  return std::string(kHmacKeyPurpose);
}

constexpr std::array<Table, 3> kTables = {
    Table{"session_key", "session", "key_id", true, session_purpose},
    Table{"secret", "name", "version", false, secret_purpose_of},
    Table{"store_key", "name", "0 + 0", false, store_purpose}};

// The rows after a place; where a chunk of work ended.
struct Place {
  std::string first;
  std::uint64_t second = 0;
};

struct Chunk {
  Place end;
  bool last = false;
  RotationReport done;
};

void bind_place(Statement& statement, int at, const Table& table, const Place& place) {
  if (table.blob) {
    statement.bind_blob(at, place.first);
  } else {
    statement.bind(at, std::string_view(place.first));
  }
  statement.bind(at + 1, place.second);
}

struct Rewrapped {
  Place place;
  std::string wrapped;
};

Result<std::vector<Rewrapped>> read_chunk(Database& db, const Table& table, const Place& from,
                                          const KeyRing& ring, Chunk& chunk) {
  auto rows = db.prepare(
      fmt::format("SELECT {1}, {2}, store_key, wrapped FROM {0} WHERE ({1}, {2}) > (?, ?) ORDER BY "
                  "{1}, {2} LIMIT {3}",
                  table.name, table.first, table.second, kRotationRows));
  if (!rows) return rows.error();
  bind_place(*rows, 1, table, from);
  std::vector<Rewrapped> out;
  std::size_t count = 0;
  auto row = rows->step();
  for (; row && *row; row = rows->step(), ++count) {
    Place place{std::string(rows->text(0)), rows->number(1)};
    chunk.end = place;
    if (rows->text(2) == ring.current().id()) continue;
    const auto purpose = table.purpose(place.first, place.second);
    auto key = purpose ? ring.unwrap(*purpose, rows->text(2), rows->text(3))
                       : Result<SecretKey>(Error{ErrorCode::kMalformed, "not a row of ours"});
    if (!key) {
      ++chunk.done.unreadable;
      continue;
    }
    auto wrapped = ring.current().wrap(*purpose, *key);
    if (!wrapped) return wrapped.error();
    out.push_back({std::move(place), std::move(*wrapped)});
  }
  if (!row) return row.error();
  chunk.last = count < kRotationRows;
  return out;
}

// The job of one transaction. It may be run and taken back again, so it starts from `from` and puts
// its result where only the one who saw it committed looks.
Result<void> rewrap_chunk(Database& db, const Table& table, const Place& from, const KeyRing& ring,
                          Chunk& chunk) {
  chunk = Chunk();
  auto rows = read_chunk(db, table, from, ring, chunk);
  if (!rows) return rows.error();
  auto update =
      db.prepare(fmt::format("UPDATE {} SET store_key = ?, wrapped = ? WHERE {} = ? AND "
                             "{} = ?",
                             table.name, table.first, table.second));
  if (!update) return update.error();
  for (const Rewrapped& one : *rows) {
    update->bind(1, std::string_view(ring.current().id())).bind_blob(2, one.wrapped);
    bind_place(*update, 3, table, one.place);
    if (auto done = update->run(); !done) return done;
  }
  chunk.done.rewrapped = rows->size();
  return {};
}

net::Awaitable<Result<void>> submit(StoreCore& core, Record record) {
  Pending pending = record.pending;
  core.submit(record);
  Result<EventNumber> number = co_await pending.wait();
  if (!number) co_return number.error();
  co_return Result<void>();
}

// A line in the record together with what the next start asks: whether a rotation is under way.
Record milestone(std::string_view state, std::vector<std::pair<std::string, std::string>> facts,
                 std::uint64_t under_way) {
  Event event{"secrets.key_rotation", {{"state", std::string(state)}}};
  for (auto& fact : facts) event.fields.push_back(std::move(fact));
  Record record = make_record(make_event(event));
  record.job = [under_way](Database& db) -> Result<void> {
    auto set = db.prepare("INSERT OR REPLACE INTO state(name, value) VALUES(?,?)");
    if (!set) return set.error();
    return set->bind(1, kRotationState).bind(2, under_way).run();
  };
  return record;
}

net::Awaitable<Result<void>> rewrap_table(StoreCore& core, const Table& table,
                                          RotationReport& report) {
  const auto ring = core.keys().get();
  Place place;
  for (;;) {
    const auto chunk = std::make_shared<Chunk>();
    Record record;
    record.job = [&table, place, ring, chunk](Database& db) {
      return rewrap_chunk(db, table, place, *ring, *chunk);
    };
    Result<void> done = co_await submit(core, std::move(record));
    if (!done) co_return done;
    report.rewrapped += chunk->done.rewrapped;
    report.unreadable += chunk->done.unreadable;
    if (chunk->last) co_return Result<void>();
    place = chunk->end;
  }
}

}  // namespace

net::Awaitable<Result<RotationReport>> rotate(std::shared_ptr<StoreCore> core, KeyRing ring) {
  const std::string id = ring.current().id();
  Record begin = milestone("begin", {{"key", id}}, 1);
  Result<void> done = co_await submit(*core, std::move(begin));
  if (!done) co_return done.error();
  // Only now, so that a start that meets a row of the new key knows that both may be needed.
  core->keys().set(std::move(ring));
  RotationReport report;
  for (const Table& table : kTables) {
    done = co_await rewrap_table(*core, table, report);
    if (!done) co_return done.error();
  }
  Record end = milestone("end",
                         {{"key", id},
                          {"rewrapped", std::to_string(report.rewrapped)},
                          {"unreadable", std::to_string(report.unreadable)}},
                         0);
  done = co_await submit(*core, std::move(end));
  if (!done) co_return done.error();
  co_return report;
}

}  // namespace sallyport::storage
