// Limits of the SQL reader, each with its unit and its reason. A text beyond one of them is
// `unknown`.
#pragma once

#include <cstddef>

namespace sallyport::postgres::sql {

// Bytes of one text; a target may set its own. The parser takes about 100 ns for each.
inline constexpr std::size_t kTextBytes = 1 << 20;
// Nesting of comments: the parser's scanner is quadratic in it (160 kB of `/*` cost 22 s of CPU).
inline constexpr std::size_t kCommentDepth = 32;
// Statements of one text: 100,000 take the parser 10 s.
inline constexpr std::size_t kStatements = 1'000;
// Nesting of brackets, and operators in a row within one pair of them: each becomes a level of the
// tree.
inline constexpr std::size_t kNesting = 2'000;
// Levels of the tree that a walk goes down. A level takes up to 1 KiB of stack.
inline constexpr int kWalkDepth = 1'000;
// Steps of one statement's walk, and more for each byte of its text. A WHERE is walked again for
// each that stands around it and names are looked for among all that are in view, so this bounds
// what nesting and crowds cost: about 10 ms for a short text, 1.5 s for the longest.
inline constexpr std::size_t kWalkSteps = 20'000;
inline constexpr std::size_t kWalkStepsPerByte = 4;
// Statements that EXECUTE and FETCH may name in one session.
inline constexpr std::size_t kNamedStatements = 10'000;
// Names of one fact of a statement; beyond it nobody reads them and they cost time and memory.
inline constexpr std::size_t kNames = 4'000;
// Columns of one table: PostgreSQL's own bound is 1,600.
inline constexpr std::size_t kColumns = 1'664;
// Texts whose facts are remembered, and the bytes of the longest of them.
inline constexpr std::size_t kCachedTexts = 4'096;
inline constexpr std::size_t kCachedTextBytes = 4'096;

}  // namespace sallyport::postgres::sql
