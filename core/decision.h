// What the policy engine says of one command, and why. A decision carries its explanation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

// Ordered by strictness: of several, the greatest holds.
enum class Verdict { kAllow, kApprove, kDeny };

std::string_view to_string(Verdict verdict);

struct Decision {
  Verdict verdict = Verdict::kDeny;
  std::string rule;       // the deciding rule's id; empty when nothing matched
  std::string reason;     // the rule's reason for people, or why nothing matched
  std::string policy_id;  // which policy version judged
  // Rules in `mode: observe` that matched, as "rule=verdict": recorded, without effect.
  std::vector<std::string> observed;
};

}  // namespace sallyport
