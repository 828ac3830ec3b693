// The common event model: what an agent attempts, in words that hold for every protocol. A protocol
// module decodes bytes into Commands; the gate decides, records and permits them. A new protocol
// adds attribute names, never a field. Plain values; no threads, no ownership beyond their own
// strings.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

// What a command does to its target: one vocabulary over all protocols. A command has a set of
// them.
enum class Action : std::uint16_t {
  kRead = 1 << 0,
  kWrite = 1 << 1,
  kDelete = 1 << 2,
  kDefine = 1 << 3,
  kAdminister = 1 << 4,
  kExecute = 1 << 5,
  kTransfer = 1 << 6,
  kForward = 1 << 7,
  kUnknown = 1 << 8,  // too large, too deep, malformed or of a kind we do not model
};

inline constexpr std::array<Action, 9> kAllActions = {
    Action::kRead,    Action::kWrite,    Action::kDelete,  Action::kDefine, Action::kAdminister,
    Action::kExecute, Action::kTransfer, Action::kForward, Action::kUnknown};

std::string_view to_string(Action action);
std::optional<Action> parse_action(std::string_view name);

class ActionSet {
 public:
  constexpr ActionSet() = default;
  constexpr ActionSet(std::initializer_list<Action> actions) {
    for (Action a : actions) add(a);
  }
  constexpr void add(Action a) { bits_ = static_cast<std::uint16_t>(bits_ | bit(a)); }
  constexpr bool has(Action a) const { return (bits_ & bit(a)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  // True when each action here is also in `other`.
  constexpr bool within(ActionSet other) const { return (bits_ & ~other.bits_) == 0; }
  constexpr bool operator==(const ActionSet&) const = default;
  // The members' names in the order of kAllActions.
  std::vector<std::string_view> names() const;

 private:
  static constexpr std::uint16_t bit(Action a) { return static_cast<std::uint16_t>(a); }
  std::uint16_t bits_ = 0;
};

// A typed name of something touched: "table:public.orders", "path:/v1/orders/7", "program:rm".
struct Object {
  std::string type;
  std::string name;
  std::string to_string() const { return type + ":" + name; }
};

// One value of one fact. A fact with several values stands once for each; an empty fact is absent.
// Names are the protocol's own, e.g. "http.method", "http.header.accept", "sql.writes".
struct Attribute {
  std::string name;
  std::string value;
};

using Digest = std::array<std::uint8_t, 32>;  // SHA-256

struct Command {
  ActionSet actions;
  std::vector<Object> objects;
  // The command as a person would write it: SQL, exec line, "METHOD path?query". Goes to the store
  // after the redactor.
  std::string text;
  std::vector<Attribute> attributes;
  // Of the canonical body or bind values, where they are known before the decision.
  std::optional<Digest> payload_digest;
};

}  // namespace sallyport
