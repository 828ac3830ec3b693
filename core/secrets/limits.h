// Limits of fetching secrets, each with its unit and its reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace sallyport::secrets {

// How long a value from outside the store is used before it is fetched again: a rotated one takes
// effect within this time.
inline constexpr std::chrono::seconds kValueKept{5};
// How long a failure is: a program that fails is not started again for each request.
inline constexpr std::chrono::seconds kFailureKept{1};
// Programs and files under way at once: one that hangs holds a thread until its deadline.
inline constexpr unsigned kFetchers = 8;
// References waiting for one of these threads; each waits once, however many requests want it.
inline constexpr std::size_t kFetchQueue = 1'000;
// The shortest value the echo guard looks for: a shorter one would be found everywhere.
inline constexpr std::size_t kGuardedBytes = 4;
// The shortest it looks for in base64, where a few characters meet by chance in every image.
inline constexpr std::size_t kGuardedEncodedBytes = 6;
// The shortest line of a longer value that is guarded by itself: shorter ones are braces and names.
inline constexpr std::size_t kGuardedLineBytes = 16;
// Ways to read one place in a text that are followed at most; more than a few arise only for a
// value that is made of escapes itself.
inline constexpr std::size_t kGuardBranches = 32;

}  // namespace sallyport::secrets
