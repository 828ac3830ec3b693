#include "policy/glob.h"

#include <fmt/format.h>

namespace sallyport::policy {
namespace {

// How many stars stand at `at`; three and more mean the same as two.
std::size_t stars(std::string_view glob, std::size_t at) {
  std::size_t n = 0;
  while (at + n < glob.size() && glob[at + n] == '*') ++n;
  return n;
}

// Where matching goes on when a literal fails: the last star takes one character more.
struct Retry {
  std::size_t glob = std::string_view::npos;  // after the star
  std::size_t value = 0;                      // where the star's run ends
};

}  // namespace

bool glob_needs_regex(std::string_view glob, char separator) {
  if (separator == '\0') return false;
  bool crossed = false;
  for (std::size_t i = 0; i < glob.size();) {
    const std::size_t n = stars(glob, i);
    if (n == 1 && crossed) return true;
    if (n > 1) crossed = true;
    i += n == 0 ? 1 : n;
  }
  return false;
}

bool glob_match(std::string_view glob, std::string_view value, char separator) {
  Retry within;    // the last `*`
  Retry anywhere;  // the last `**`
  std::size_t g = 0;
  std::size_t v = 0;
  while (true) {
    const std::size_t n = stars(glob, g);
    if (n > 0) {
      g += n;
      const bool crosses = n > 1 || separator == '\0';
      // What stood before a `**` has its shortest match, and none leaves more room: no way back to
      // it.
      within = crosses ? Retry{} : Retry{g, v};
      if (crosses) anywhere = {g, v};
      continue;
    }
    if (v == value.size() && g == glob.size()) return true;
    if (v < value.size() && g < glob.size() && glob[g] == value[v]) {
      ++g;
      ++v;
      continue;
    }
    if (within.glob != std::string_view::npos && within.value < value.size() &&
        value[within.value] != separator) {
      g = within.glob;
      v = ++within.value;
      continue;
    }
    if (anywhere.glob == std::string_view::npos || anywhere.value >= value.size()) return false;
    within = {};
    g = anywhere.glob;
    v = ++anywhere.value;
  }
}

std::string glob_to_regex(std::string_view glob, char separator) {
  std::string out = "(?s)\\A";
  for (std::size_t i = 0; i < glob.size();) {
    const std::size_t n = stars(glob, i);
    if (n > 1 || (n == 1 && separator == '\0')) {
      out += ".*";
    } else if (n == 1) {
      out += fmt::format("[^\\x{:02x}]*", static_cast<unsigned char>(separator));
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(glob[i]));
    }
    i += n == 0 ? 1 : n;
  }
  return out + "\\z";
}

}  // namespace sallyport::policy
