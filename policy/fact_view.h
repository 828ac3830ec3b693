// One command's facts, arranged for the tests of one policy: made at the start of each decision, on
// the stack unless the command is unusually large, and dropped at its end. Borrows everything.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/command.h"
#include "policy/scope.h"
#include "policy/slot_table.h"

namespace sallyport::policy {

// An array of a size known at run time that is on the stack while it is small.
template <class T, std::size_t N>
class Scratch {
 public:
  Scratch(std::size_t size, T fill) {
    if (size > N) heap_.resize(size);
    items_ = size > N ? heap_.data() : inline_.data();
    for (std::size_t i = 0; i < size; ++i) items_[i] = fill;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }

 private:
  T* items_ = nullptr;
  std::array<T, N> inline_;
  std::vector<T> heap_;
};

class FactView {
 public:
  // `scope` may be null when no test of a constant fact is left.
  FactView(const SlotTable& slots, const Command& command, WallTime now, const Scope* scope);

  // A command without any action is one that nobody understood: it counts as unknown.
  ActionSet actions() const { return actions_; }
  int minute_of_week() const { return minute_of_week_; }
  const Command& command() const { return command_; }
  const Scope* scope() const { return scope_; }

  bool has(std::uint32_t slot) const { return heads_[slot] != kEnd; }
  // Calls visit(value) for each value of the attribute until it returns false.
  template <class Visit>
  void each(std::uint32_t slot, Visit visit) const {
    for (std::uint32_t i = heads_[slot]; i != kEnd; i = next_[i])
      if (!visit(std::string_view(command_.attributes[i].value))) return;
  }

 private:
  static constexpr std::uint32_t kEnd = 0xFFFF'FFFF;
  const Command& command_;
  const Scope* scope_;
  ActionSet actions_;
  int minute_of_week_;
  Scratch<std::uint32_t, 64> heads_;  // by slot: the first attribute of that name
  Scratch<std::uint32_t, 96> next_;   // by attribute: the next one of its name
};

}  // namespace sallyport::policy
