#include "core/decision.h"

namespace sallyport {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return "allow";
    case Verdict::kApprove:
      return "approve";
    case Verdict::kDeny:
      return "deny";
  }
  return "deny";
}

}  // namespace sallyport
