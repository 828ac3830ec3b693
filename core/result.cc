#include "core/result.h"

#include <cstdio>

namespace sallyport {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return "invalid";
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kLimit:
      return "limit";
    case ErrorCode::kDenied:
      return "denied";
    case ErrorCode::kUnauthenticated:
      return "unauthenticated";
    case ErrorCode::kNotRecorded:
      return "not_recorded";
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kClosed:
      return "closed";
    case ErrorCode::kRevoked:
      return "revoked";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

void broken_invariant(const char* what) {
  std::fprintf(stderr, "sallyport: broken invariant: %s\n", what);
  std::abort();
}

}  // namespace sallyport
