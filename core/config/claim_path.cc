#include "core/config/claim_path.h"

#include "core/config/limits.h"

namespace sallyport::config {
namespace {

// RFC 6901 §4: "~1" is a slash and "~0" a tilde; a tilde before anything else is an error.
Result<std::string> unescape(std::string_view step) {
  std::string out;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] != '~') {
      out += step[i];
      continue;
    }
    const char code = i + 1 < step.size() ? step[i + 1] : '\0';
    if (code != '0' && code != '1') {
      return Error{ErrorCode::kInvalid, "in a JSON pointer \"~\" is written \"~0\""};
    }
    out += code == '0' ? '~' : '/';
    ++i;
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Result<ClaimPath> parse_claim_path(std::string_view text) {
  if (text.empty()) return Error{ErrorCode::kInvalid, "a claim's name must not be empty"};
  const bool pointer = text.front() == '/';
  const bool dotted = !pointer && text.find("://") == std::string_view::npos;
  if (!pointer && !dotted) return ClaimPath{std::string(text)};
  ClaimPath path;
  for (const std::string_view step : split(pointer ? text.substr(1) : text, pointer ? '/' : '.')) {
    if (dotted && step.empty()) {
      return Error{ErrorCode::kInvalid,
                   "a claim's name has nothing on one side of a dot; a member whose own name has "
                   "dots is written as a JSON pointer, \"/name.with.dots\""};
    }
    Result<std::string> name = pointer ? unescape(step) : Result<std::string>(std::string(step));
    if (!name) return name.error();
    path.push_back(*std::move(name));
  }
  if (path.size() > kClaimSteps) {
    return Error{ErrorCode::kInvalid, "a claim lies at most 8 levels deep"};
  }
  return path;
}

}  // namespace sallyport::config
