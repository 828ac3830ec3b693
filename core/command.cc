#include "core/command.h"

namespace sallyport {

std::string_view to_string(Action action) {
  switch (action) {
    case Action::kRead:
      return "read";
    case Action::kWrite:
      return "write";
    case Action::kDelete:
      return "delete";
    case Action::kDefine:
      return "define";
    case Action::kAdminister:
      return "administer";
    case Action::kExecute:
      return "execute";
    case Action::kTransfer:
      return "transfer";
    case Action::kForward:
      return "forward";
    case Action::kUnknown:
      return "unknown";
  }
  return "unknown";
}

std::optional<Action> parse_action(std::string_view name) {
  for (Action a : kAllActions)
    if (to_string(a) == name) return a;
  return std::nullopt;
}

std::vector<std::string_view> ActionSet::names() const {
  std::vector<std::string_view> out;
  for (Action a : kAllActions)
    if (has(a)) out.push_back(to_string(a));
  return out;
}

}  // namespace sallyport
