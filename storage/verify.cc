// StoreReader::verify(): the whole store against itself. What it can and cannot find is in
// docs/audit-log.md.
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "storage/derive.h"
#include "storage/reader_impl.h"
#include "storage/schema.h"
#include "storage/tree_check.h"
#include "storage/verify_parts.h"

namespace sallyport::storage {
namespace {

// A database for the rebuilt rows, without the indexes that only the writer needs.
Result<Database> make_scratch() {
  auto db = Database::open("", Database::Mode::kScratch);
  if (!db) return db;
  std::string sql =
      "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536; BEGIN;";
  for (const SchemaObject& object : main_schema())
    if (is_derived(object.name) && !object.name.ends_with("_live") &&
        !object.name.ends_with("_open"))
      sql += object.sql + ";";
  if (auto made = db->exec(sql); !made) return made.error();
  return db;
}

class Verification {
 public:
  Verification(StoreReader::Impl& store, const VerifyOptions& options, VerifyReport& report)
      : store_(store),
        tree_only_(options.tree_only),
        problems_(report, options.problems),
        report_(report),
        tree_([this](std::uint64_t event, std::string what) {
          problems_.add(event, std::move(what));
        }) {}

  Result<void> run() {
    if (auto schema = check_schema(store_.db, problems_); !schema) return schema;
    if (!tree_only_)
      if (auto ready = prepare(); !ready) return ready;
    if (auto leaves = check_leaves(); !leaves) return leaves;
    if (!tree_only_)
      if (auto rest = check_rest(); !rest) return rest;
    report_.leaves = tree_.size();
    if (auto root = tree_.root()) report_.root = to_hex(as_text(*root));
    return {};
  }

 private:
  Result<void> prepare() {
    auto scratch = make_scratch();
    if (!scratch) return scratch.error();
    scratch_ = std::move(*scratch);
    auto deriver = Deriver::make(scratch_);
    if (!deriver) return deriver.error();
    deriver_.emplace(std::move(*deriver));
    auto files = PayloadLookup::open(store_.path);
    if (!files) return files.error();
    payloads_.emplace(store_, std::move(*files), problems_, report_);
    return {};
  }

  Result<void> check_leaves() {
    auto rows = store_.db.prepare("SELECT n, bytes, hashes FROM leaf ORDER BY n");
    if (!rows) return rows.error();
    auto row = rows->step();
    for (; row && *row && !problems_.full(); row = rows->step()) {
      if (!tree_.row(rows->number(0), rows->text(1), rows->text(2))) return {};
      if (tree_only_) continue;
      if (auto done = check_leaf(rows->number(0), rows->text(1)); !done) return done;
    }
    if (row) return {};
    if (row.error().code != ErrorCode::kMalformed) return row.error();
    problems_.add(tree_.size(), "the database file is damaged here: " + row.error().detail);
    return {};
  }

  Result<void> check_leaf(std::uint64_t n, std::string_view bytes) {
    auto leaf = decode_leaf(bytes);
    if (!leaf) {
      problems_.add(n, leaf.error().detail);
      return {};
    }
    order_.check(n, *leaf, problems_, report_);
    std::optional<std::string> text;
    if (auto checked = payloads_->check(n, leaf->body, text); !checked) return checked;
    leaf->header.n = n;
    auto derived = deriver_->apply(leaf->header, leaf->body, text);
    if (derived) return {};
    if (derived.error().code != ErrorCode::kInvalid) return derived;
    problems_.add(n, "the record " + derived.error().detail);
    return {};
  }

  Result<void> check_rest() {
    payloads_->finish();
    if (auto ended = check_ends(); !ended) return ended;
    if (auto done = scratch_.exec("COMMIT"); !done) return done;
    for (const DerivedTable& table : derived_tables())
      if (auto same = compare_table(store_.db, scratch_, table, store_.keys.has_value(), problems_);
          !same)
        return same;
    return check_structure(store_.db, problems_);
  }

  // A start of the broker completes what the run before left open.
  Result<void> check_ends() {
    for (std::string_view sql :
         {"SELECT event, 'the command has no outcome, although the broker was started again since' "
          "FROM "
          "derived_command WHERE outcome IS NULL AND decision = 'allow' AND event < ?",
          "SELECT opened, 'the session has no end, although the broker was started again since' "
          "FROM "
          "derived_session WHERE ended_us IS NULL AND opened < ?"}) {
      auto rows = scratch_.prepare(sql);
      if (!rows) return rows.error();
      rows->bind(1, order_.last_start());
      auto row = rows->step();
      for (; row && *row; row = rows->step())
        problems_.add(rows->number(0), std::string(rows->text(1)));
      if (!row) return row.error();
    }
    return {};
  }

  StoreReader::Impl& store_;
  const bool tree_only_;
  Problems problems_;
  VerifyReport& report_;
  TreeCheck tree_;
  OrderCheck order_;
  Database scratch_;
  std::optional<Deriver> deriver_;
  std::optional<PayloadCheck> payloads_;
};

}  // namespace

Result<VerifyReport> StoreReader::verify(const VerifyOptions& options) {
  VerifyReport report;
  // One moment of a store that may be written to meanwhile.
  if (auto begun = impl_->db.exec("BEGIN"); !begun) return begun.error();
  Result<void> done;
  {
    Verification verification(*impl_, options, report);
    done = verification.run();
  }
  auto ended = impl_->db.exec("COMMIT");
  if (!done) return done.error();
  if (!ended) return ended.error();
  std::stable_sort(report.problems.begin(), report.problems.end(),
                   [](const Problem& a, const Problem& b) {
                     return a.event.value_or(UINT64_MAX) < b.event.value_or(UINT64_MAX);
                   });
  report.ok = report.problems.empty();
  return report;
}

}  // namespace sallyport::storage
