#include "core/recorder.h"

namespace sallyport {

std::string_view to_string(Completion completion) {
  switch (completion) {
    case Completion::kComplete:
      return "complete";
    case Completion::kFailed:
      return "failed";
    case Completion::kAborted:
      return "aborted";
    case Completion::kUnknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace sallyport
