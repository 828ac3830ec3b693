// What one SQL statement does, as far as its text and the catalog say: the vocabulary of the
// policy's sql.* facts (docs/policy.md). Plain values that outlive text, tree and catalog.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/command.h"
#include "protocols/postgres/sql/few.h"

namespace sallyport::postgres::sql {

// A list of different texts, in the order in which they came; at most kNames of them. They share
// one block of memory.
class Names {
 public:
  class Iterator {
   public:
    Iterator(const Names& names, std::size_t i) : names_(names), i_(i) {}
    std::string_view operator*() const { return names_.at(i_); }
    Iterator& operator++() { return ++i_, *this; }
    bool operator!=(const Iterator& other) const { return i_ != other.i_; }

   private:
    const Names& names_;
    std::size_t i_;
  };

  void add(std::string_view name);
  bool has(std::string_view name) const;
  void add_all(const Names& other);
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, ends_.size()}; }
  std::size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  // There were more.
  bool full() const { return full_; }

 private:
  std::string_view at(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }

  std::string bytes_;
  Few<std::uint32_t, 8> ends_;
  bool full_ = false;
};

struct StatementFacts {
  ActionSet actions;
  Names kinds;      // "select", "drop table"; of nested statements too
  Names reads;      // "public.orders", "public.orders.id"
  Names writes;     // likewise
  Names computes;   // columns used other than as plain output
  Names functions;  // "pg_catalog.lower"
  Names settings;   // changed, in lower case
  Names opaque;     // what cannot be looked into: "do", "sql_text", ...
  Names where;      // absent, trivial, effective: of each UPDATE, DELETE and MERGE
  Names tables;     // of reads and writes, for the record
  Names notable;    // functions that do more than compute, for the record
  Names files;      // of the server
  Names programs;
  // Of the actions, those that come from functions: they hold even where the statement around them
  // is only planned.
  ActionSet function_actions;

  void add(ActionSet more);
  void add(const StatementFacts& other);
  // Whether there was more to say than is said.
  bool incomplete() const;
  // A statement nobody can say anything about.
  void set_unknown(std::string_view why);
};

// What a statement leaves behind for later ones when it succeeds.
struct StateChange {
  enum class Kind : std::uint8_t {
    kPrepare,     // `name` runs `facts`
    kCursor,      // `name` fetches what `facts` say
    kDeallocate,  // `name`, or all when empty
    kSearchPath,  // to `path`; unknown when `known` is false
    kEncoding,    // the server reads another encoding than UTF8 from here on
    kStrings,     // standard_conforming_strings is off from here on
    kRole,        // acts as somebody else from here on
    kReset,       // DISCARD ALL, RESET ALL
    kMoved,       // tables have other names or rows than the catalog says, in this transaction
  };
  Kind kind = Kind::kReset;
  std::string name;
  std::shared_ptr<const StatementFacts> facts;  // shared with the session that remembers it
  std::vector<std::string> path;
  bool known = true;
};

}  // namespace sallyport::postgres::sql
