// The checks that verify() is made of; only it includes them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/reader_impl.h"
#include "storage/schema.h"

namespace sallyport::storage {

// Collects problems up to a limit.
class Problems {
 public:
  Problems(VerifyReport& report, std::size_t limit) : report_(report), limit_(limit) {}
  void add(std::optional<std::uint64_t> event, std::string what) {
    if (!full()) report_.problems.push_back({event, std::move(what)});
  }
  bool full() const { return report_.problems.size() >= limit_; }

 private:
  VerifyReport& report_;
  std::size_t limit_;
};

// Runs of the broker and their clocks.
class OrderCheck {
 public:
  void check(std::uint64_t n, const Leaf& leaf, Problems& problems, VerifyReport& report);
  // The event that began the last run.
  std::uint64_t last_start() const { return last_start_; }

 private:
  LeafHeader last_;
  std::uint64_t last_start_ = 0;
  std::set<std::string> runs_;
};

// Every payload that a leaf names is there, says what the leaf says, and opens to what the leaf has
// hashed.
class PayloadCheck {
 public:
  PayloadCheck(StoreReader::Impl& store, PayloadLookup files, Problems& problems,
               VerifyReport& report);
  // `text`: of an intent whose payload could be opened.
  Result<void> check(std::uint64_t n, const LeafBody& body, std::optional<std::string>& text);
  // Missing payloads are problems unless an `erased` event accounts for their session.
  void finish();

 private:
  struct Stream {
    std::uint64_t chunks = 0;
    std::uint64_t bytes = 0;
    std::string hmacs;
  };
  using Command = std::pair<SessionId, std::uint32_t>;
  Result<std::optional<std::string>> open(std::uint64_t n, const Command& command,
                                          const PayloadRef& ref);
  void count(const Command& command, const std::vector<PayloadRef>& refs);
  void check_streams(std::uint64_t n, const OutcomeLeaf& leaf);
  void erased(const EventLeaf& leaf);

  StoreReader::Impl& store_;
  PayloadLookup files_;
  Problems& problems_;
  VerifyReport& report_;
  std::optional<PayloadOpener> opener_;
  Hasher hasher_;
  std::map<Command, std::map<std::string, Stream>> running_;
  struct Missing {
    std::uint64_t event;
    SessionId session;
    std::string what;
  };
  std::vector<Missing> missing_;
  std::set<SessionId> erased_;
};

// Tables, indexes, triggers and views are exactly those of schema.h.
Result<void> check_schema(Database& db, Problems& problems);
// Rows of the store against rows rebuilt from the leaves. Without a key texts are not compared.
Result<void> compare_table(Database& stored, Database& rebuilt, const DerivedTable& table,
                           bool with_text, Problems& problems);
// SQLite's own check, which also compares indexes with their tables.
Result<void> check_structure(Database& db, Problems& problems);

}  // namespace sallyport::storage
