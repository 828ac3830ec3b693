// Limits of the policy engine, each with its unit and its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sallyport::policy {

// Nesting of all, any and not. Nobody reads a deeper condition, and evaluation recurses.
inline constexpr std::size_t kConditionDepth = 32;
// Conditions (tests and combinators) of one rule: what a person can still review.
inline constexpr std::size_t kConditionsPerRule = 4'096;
// Rules and roles of one policy, over all of its files.
inline constexpr std::size_t kRules = 20'000;
inline constexpr std::size_t kRoles = 20'000;
// Values in one list (patterns, groups, rule ids).
inline constexpr std::size_t kListItems = 4'096;
// Bytes of one pattern, id or reason as written.
inline constexpr std::size_t kPatternBytes = 4'096;
inline constexpr std::size_t kIdBytes = 64;
inline constexpr std::size_t kReasonBytes = 1'024;
// Memory that RE2 may use for one pattern: its program and its cached states. A pattern that does
// not fit is refused; a search that would need more cached states goes on in bounded memory, more
// slowly.
inline constexpr std::int64_t kRegexMemory = 1 << 20;
// Bytes of one value that a glob or an RE2 pattern is tried on: matching is linear, so this bounds
// the time. A longer value counts as both matching and failing, which no rule turns into an allow.
inline constexpr std::size_t kTestedBytes = 256 << 10;
// Values of one fact, and bytes of each, that an explanation shows.
inline constexpr std::size_t kExplainedValues = 8;
inline constexpr std::size_t kExplainedBytes = 200;
// Different bound policies, and compiled masks, that are remembered for sharing; beyond it sessions
// get one of their own.
inline constexpr std::size_t kCachedObjects = 4'096;
// Cases of one test file.
inline constexpr std::size_t kCases = 100'000;

}  // namespace sallyport::policy
