// Globs: `*` is any run of characters up to the fact's separator, `**` any run at all, everything
// else stands for itself. Case-sensitive, always the whole value. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sallyport::policy {

// True when `**` is followed later by a lone `*`. Matching those by going back can take quadratic
// time on hostile values, so they are matched as RE2; all others by glob_match, whose time is at
// most the product of the two lengths and in practice one pass.
bool glob_needs_regex(std::string_view glob, char separator);

// `separator` NUL: `*` stops nowhere.
bool glob_match(std::string_view glob, std::string_view value, char separator);

// The same language as an RE2 pattern (for RE2::Latin1, byte by byte).
std::string glob_to_regex(std::string_view glob, char separator);

}  // namespace sallyport::policy
