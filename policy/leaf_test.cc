#include "policy/leaf_test.h"

#include <algorithm>

namespace sallyport::policy {
namespace {

using Match = Pattern::Match;

// Collects what the values of a fact do.
class Tally {
 public:
  // False once nothing can change any more.
  bool add(Match match) {
    if (match != Match::kNo) seen_ |= kSeenMatch;
    if (match != Match::kYes) seen_ |= kSeenOther;
    return seen_ != kSeenBoth;
  }
  Seen seen() const { return static_cast<Seen>(seen_); }

 private:
  std::uint8_t seen_ = kSeenNone;
};

// Of a few texts nearly all differ in size already.
bool is_among(const std::vector<std::string>& sorted, std::string_view value) {
  constexpr std::size_t kFew = 8;
  if (sorted.size() <= kFew) return std::find(sorted.begin(), sorted.end(), value) != sorted.end();
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

Match match_written(const LeafTest& test, std::string_view value) {
  if (is_among(test.literals, value)) return Match::kYes;
  Match best = Match::kNo;
  for (const Pattern& pattern : test.patterns) {
    if (!pattern.may_match(value)) continue;
    const Match match = pattern.match(value);
    if (match == Match::kYes) return match;
    if (match == Match::kUntested) best = match;
  }
  return best;
}

// Whether a pattern may be about a column of the table that `prefix` names, dot included.
bool may_be_in(std::string_view pattern, std::string_view prefix) {
  const std::string_view start = pattern.substr(0, pattern.find('*'));
  return prefix.starts_with(start) ? start.size() != pattern.size() : start.starts_with(prefix);
}

Match match_unnamed_columns(const LeafTest& test, std::string_view prefix) {
  for (const std::string& literal : test.literals)
    if (may_be_in(literal, prefix)) return Match::kUntested;
  for (const Pattern& pattern : test.patterns)
    if (pattern.kind() == Pattern::Kind::kRegex || may_be_in(pattern.text(), prefix))
      return Match::kUntested;
  return Match::kNo;
}

// RE2 is tried without the qualifier that goes without saying as well; of other patterns there is
// one with it.
Match match_short(const LeafTest& test, std::string_view value) {
  Match best = Match::kNo;
  for (const Pattern& pattern : test.patterns) {
    if (pattern.kind() != Pattern::Kind::kRegex) continue;
    const Match match = pattern.match(value);
    if (match == Match::kYes) return match;
    if (match == Match::kUntested) best = match;
  }
  return best;
}

Match match_value(const LeafTest& test, std::string_view value) {
  const Match match = match_written(test, value);
  const std::string_view home = test.spec->home;
  if (match != Match::kNo || home.empty()) return match;
  if (value.starts_with(home)) {
    const Match other = match_short(test, value.substr(home.size()));
    if (other != Match::kNo) return other;
  }
  if (!test.spec->columns || !value.ends_with(".*")) return match;
  return match_unnamed_columns(test, value.substr(0, value.size() - 1));
}

Match match_object(const LeafTest& test, const Object& object) {
  Match best = Match::kNo;
  for (const ObjectPattern& pattern : test.objects) {
    if (pattern.type != object.type) continue;
    const Match match = pattern.name.match(object.name);
    if (match == Match::kYes) return match;
    if (match == Match::kUntested) best = match;
  }
  if (test.patterns.empty()) return best;
  const Match whole = match_value(test, object.to_string());
  return whole == Match::kNo ? best : whole;
}

Seen look_at_actions(ActionSet wanted, ActionSet actions) {
  std::uint8_t seen = kSeenNone;
  for (Action action : kAllActions)
    if (actions.has(action)) seen |= wanted.has(action) ? kSeenMatch : kSeenOther;
  return static_cast<Seen>(seen);
}

bool open_at(const LeafTest& test, int minute) {
  return std::any_of(test.windows.begin(), test.windows.end(),
                     [&](const TimeWindow& window) { return window.contains(minute); });
}

// Calls visit(value) for each value of a fact of text values, until it returns false.
template <class Visit>
void each_value(const LeafTest& test, std::uint32_t slot, const FactView& view, Visit visit) {
  static const Scope nothing_known;
  const Scope& scope = view.scope() != nullptr ? *view.scope() : nothing_known;
  const auto one = [&](const std::optional<std::string>& value) {
    if (value) visit(std::string_view(*value));
  };
  switch (test.kind()) {
    case FactKind::kTarget:
      one(scope.target);
      return;
    case FactKind::kProtocol:
      visit(std::string_view(scope.protocol));
      return;
    case FactKind::kIssuer:
      one(scope.issuer);
      return;
    case FactKind::kSubject:
      one(scope.subject);
      return;
    case FactKind::kActor:
      one(scope.actor);
      return;
    case FactKind::kGroup:
      if (!scope.groups) return;
      for (const std::string& group : *scope.groups)
        if (!visit(std::string_view(group))) return;
      return;
    case FactKind::kText:
      if (!view.command().text.empty()) visit(std::string_view(view.command().text));
      return;
    case FactKind::kAttribute:
      view.each(slot, visit);
      return;
    case FactKind::kAction:
    case FactKind::kObject:
    case FactKind::kTime:
      return;
  }
}

}  // namespace

Seen look(const LeafTest& test, std::uint32_t slot, const FactView& view) {
  if (test.kind() == FactKind::kAction) return look_at_actions(test.actions, view.actions());
  if (test.kind() == FactKind::kTime)
    return open_at(test, view.minute_of_week()) ? kSeenMatch : kSeenOther;
  Tally tally;
  if (test.kind() == FactKind::kObject) {
    for (const Object& object : view.command().objects)
      if (!tally.add(match_object(test, object))) break;
  } else {
    each_value(test, slot, view,
               [&](std::string_view value) { return tally.add(match_value(test, value)); });
  }
  return tally.seen();
}

std::vector<std::string> values_of(const LeafTest& test, std::uint32_t slot, const FactView& view,
                                   std::size_t most) {
  std::vector<std::string> values;
  const auto keep = [&](std::string_view value) {
    values.emplace_back(value);
    return values.size() < most;
  };
  if (test.kind() == FactKind::kAction) {
    for (std::string_view name : view.actions().names()) keep(name);
  } else if (test.kind() == FactKind::kObject) {
    for (const Object& object : view.command().objects)
      if (!keep(object.to_string())) break;
  } else if (test.kind() == FactKind::kTime) {
    values.push_back(describe_minute(view.minute_of_week()));
  } else {
    each_value(test, slot, view, keep);
  }
  return values;
}

}  // namespace sallyport::policy
