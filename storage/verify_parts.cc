#include "storage/verify_parts.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>

namespace sallyport::storage {
namespace {

// Wall and monotonic clock of one run may drift apart by so much without a note.
constexpr std::int64_t kClockStep_us = 60'000'000;

bool same_value(const Statement& a, const Statement& b, int column) {
  return a.type(column) == b.type(column) && a.text(column) == b.text(column);
}

std::optional<std::uint64_t> event_of(const DerivedTable& table, const Statement& row) {
  if (table.event < 0) return std::nullopt;
  return row.number(table.event);
}

// Orders two rows by the key columns, which come first in every derived table.
int compare_keys(const DerivedTable& table, const Statement& a, const Statement& b) {
  const auto keys = 1 + std::count(table.key.begin(), table.key.end(), ',');
  for (int i = 0; i < static_cast<int>(keys); ++i) {
    if (a.type(i) == SQLITE_TEXT && b.type(i) == SQLITE_TEXT) {
      if (const int order = a.text(i).compare(b.text(i)); order != 0) return order;
      continue;
    }
    auto x = static_cast<std::int64_t>(a.number(i));
    auto y = static_cast<std::int64_t>(b.number(i));
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

}  // namespace

void OrderCheck::check(std::uint64_t n, const Leaf& leaf, Problems& problems,
                       VerifyReport& report) {
  const LeafHeader& header = leaf.header;
  if (header.boot != last_.boot) {
    if (kind_of(leaf.body) != "broker.start")
      problems.add(n, "a run of the broker begins without its `broker.start`");
    if (!runs_.insert(header.boot).second)
      problems.add(n, "the record belongs to a run of the broker that was over");
    last_start_ = n;
  } else {
    if (header.mono_us < last_.mono_us)
      problems.add(n, "the record is older than the one before it");
    auto wall = static_cast<std::int64_t>(header.time_us - last_.time_us);
    auto mono = static_cast<std::int64_t>(header.mono_us - last_.mono_us);
    if (std::llabs(wall - mono) > kClockStep_us && report.notes.size() < kProblems)
      report.notes.push_back(
          {n, fmt::format("the wall clock was set by {} s; the order is that of the numbers",
                          (wall - mono) / 1'000'000)});
  }
  last_ = header;
}

PayloadCheck::PayloadCheck(StoreReader::Impl& store, PayloadLookup files, Problems& problems,
                           VerifyReport& report)
    : store_(store), files_(std::move(files)), problems_(problems), report_(report) {
  if (store_.keys) opener_.emplace(store_.db, *store_.keys, *store_.hmac);
}

Result<std::optional<std::string>> PayloadCheck::open(std::uint64_t n, const Command& command,
                                                      const PayloadRef& ref) {
  std::optional<std::string> nothing;
  auto payload = files_.find(ref.id, ref.stream == "command");
  if (!payload && payload.error().code == ErrorCode::kNotFound) {
    missing_.push_back({n, command.first, fmt::format("payload {} is missing", ref.id)});
    return nothing;
  }
  if (!payload) return payload.error();
  const PayloadPlace& place = payload->place;
  if (place.session != command.first || place.seq != command.second || place.stream != ref.stream ||
      payload->size != ref.size) {
    problems_.add(n, fmt::format("payload {} belongs to another command or stream", ref.id));
    return nothing;
  }
  if (!opener_) {
    ++report_.payloads_sealed;
    return nothing;
  }
  auto plain = opener_->open(*payload);
  if (!plain && plain.error().code == ErrorCode::kNotFound) {
    missing_.push_back({n, command.first, fmt::format("the key of payload {} is missing", ref.id)});
    return nothing;
  }
  if (!plain && plain.error().code != ErrorCode::kUnauthenticated &&
      plain.error().code != ErrorCode::kMalformed)
    return plain.error();
  if (!plain || payload->hmac != ref.hmac) {
    problems_.add(n, fmt::format("payload {} was altered", ref.id));
    return nothing;
  }
  ++report_.payloads;
  return std::optional<std::string>(std::move(*plain));
}

Result<void> PayloadCheck::check(std::uint64_t n, const LeafBody& body,
                                 std::optional<std::string>& text) {
  if (const auto* event = std::get_if<EventLeaf>(&body)) {
    erased(*event);
    return {};
  }
  Command command;
  if (const auto* intent = std::get_if<IntentLeaf>(&body)) command = {intent->session, intent->seq};
  if (const auto* outcome = std::get_if<OutcomeLeaf>(&body))
    command = {outcome->session, outcome->seq};
  if (const auto* chunks = std::get_if<ChunksLeaf>(&body)) command = {chunks->session, chunks->seq};
  bool whole = true;
  std::string joined;
  for (const PayloadRef& ref : payloads_of(body)) {
    auto plain = open(n, command, ref);
    if (!plain) return plain.error();
    whole = whole && plain->has_value();
    if (whole && std::holds_alternative<IntentLeaf>(body)) joined += **plain;
  }
  if (std::holds_alternative<IntentLeaf>(body)) {
    if (!whole || joined.empty()) return {};
    auto facts = decode_command(joined);
    if (facts) {
      text = std::move(facts->text);
    } else {
      problems_.add(n, facts.error().detail);
    }
    return {};
  }
  count(command, payloads_of(body));
  if (const auto* outcome = std::get_if<OutcomeLeaf>(&body)) check_streams(n, *outcome);
  return {};
}

void PayloadCheck::count(const Command& command, const std::vector<PayloadRef>& refs) {
  if (refs.empty()) return;
  auto& streams = running_[command];
  for (const PayloadRef& ref : refs) {
    Stream& stream = streams[ref.stream];
    ++stream.chunks;
    stream.bytes += ref.size;
    stream.hmacs += as_text(ref.hmac);
  }
}

void PayloadCheck::check_streams(std::uint64_t n, const OutcomeLeaf& leaf) {
  auto counted = std::move(running_[{leaf.session, leaf.seq}]);
  running_.erase({leaf.session, leaf.seq});
  bool complete = !leaf.payloads_lost && leaf.completion != Completion::kUnknown;
  bool same = !complete || leaf.streams.size() == counted.size();
  for (const StreamTotal& total : leaf.streams) {
    const Stream& stream = counted[total.stream];
    same = same && stream.chunks == total.chunks && stream.bytes == total.bytes &&
           hasher_.sum({stream.hmacs}) == total.digest;
  }
  if (!same) problems_.add(n, "the recorded streams are not those that the outcome counts");
}

void PayloadCheck::erased(const EventLeaf& leaf) {
  if (leaf.kind != "erased") return;
  for (const auto& [name, value] : leaf.fields)
    if (name == "session")
      if (auto id = SessionId::parse(value)) erased_.insert(*id);
}

void PayloadCheck::finish() {
  for (const Missing& one : missing_) {
    if (erased_.contains(one.session)) {
      ++report_.payloads_erased;
    } else {
      problems_.add(one.event, one.what + ", and no `erased` event accounts for it");
    }
  }
}

Result<void> check_schema(Database& db, Problems& problems) {
  std::map<std::string, std::string> expected;
  for (const SchemaObject& object : main_schema()) expected[object.name] = object.sql;
  auto rows = db.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
  if (!rows) return rows.error();
  auto row = rows->step();
  for (; row && *row; row = rows->step()) {
    std::string name(rows->text(0));
    auto known = expected.find(name);
    if (known == expected.end()) {
      problems.add(std::nullopt, fmt::format("`{}` does not belong into the store", name));
    } else {
      if (known->second != rows->text(1))
        problems.add(std::nullopt, fmt::format("the definition of `{}` was altered", name));
      expected.erase(known);
    }
  }
  if (!row) return row.error();
  for (const auto& [name, sql] : expected)
    problems.add(std::nullopt, fmt::format("`{}` is missing", name));
  return {};
}

Result<void> compare_table(Database& stored, Database& rebuilt, const DerivedTable& table,
                           bool with_text, Problems& problems) {
  std::string sql = fmt::format("SELECT * FROM {} ORDER BY {}", table.name, table.key);
  auto a = stored.prepare(sql);
  if (!a) return a.error();
  auto b = rebuilt.prepare(sql);
  if (!b) return b.error();
  auto has_a = a->step();
  auto has_b = b->step();
  while (has_a && has_b && (*has_a || *has_b) && !problems.full()) {
    int order = !*has_a ? 1 : !*has_b ? -1 : compare_keys(table, *a, *b);
    if (order < 0)
      problems.add(event_of(table, *a),
                   fmt::format("`{}` has a row that no record gives", table.name));
    if (order > 0)
      problems.add(event_of(table, *b),
                   fmt::format("`{}` lacks the row of this record", table.name));
    for (int i = 0; order == 0 && i < b->columns(); ++i) {
      const char* column = sqlite3_column_name(b->handle(), i);
      if (!with_text && table.name == "derived_command" && std::string_view(column) == "text")
        continue;
      if (!same_value(*a, *b, i))
        problems.add(event_of(table, *b),
                     fmt::format("`{}.{}` is not what the record says", table.name, column));
    }
    if (order <= 0) has_a = a->step();
    if (order >= 0) has_b = b->step();
  }
  if (!has_b) return has_b.error();
  if (has_a) return {};
  if (has_a.error().code != ErrorCode::kMalformed) return has_a.error();
  problems.add(std::nullopt, fmt::format("`{}` is damaged: {}", table.name, has_a.error().detail));
  return {};
}

Result<void> check_structure(Database& db, Problems& problems) {
  auto rows = db.prepare("PRAGMA integrity_check(10)");
  if (!rows) return rows.error();
  auto row = rows->step();
  for (; row && *row; row = rows->step())
    if (rows->text(0) != "ok") problems.add(std::nullopt, "SQLite: " + std::string(rows->text(0)));
  if (!row && row.error().code == ErrorCode::kMalformed)
    problems.add(std::nullopt, row.error().detail);
  return {};
}

}  // namespace sallyport::storage
