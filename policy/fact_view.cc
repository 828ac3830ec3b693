#include "policy/fact_view.h"

#include "policy/time_window.h"

namespace sallyport::policy {

FactView::FactView(const SlotTable& slots, const Command& command, WallTime now, const Scope* scope)
    : command_(command),
      scope_(scope),
      actions_(command.actions),
      minute_of_week_(policy::minute_of_week(now)),
      heads_(slots.size(), kEnd),
      next_(command.attributes.size(), kEnd) {
  if (actions_.empty()) actions_.add(Action::kUnknown);
  for (std::size_t i = command.attributes.size(); i-- > 0;) {
    const auto slot = slots.find(command.attributes[i].name);
    if (!slot) continue;
    next_[i] = heads_[*slot];
    heads_[*slot] = static_cast<std::uint32_t>(i);
  }
}

}  // namespace sallyport::policy
