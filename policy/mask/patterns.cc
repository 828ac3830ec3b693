#include "policy/mask/patterns.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "policy/mask/limits.h"

namespace sallyport::mask {
namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

std::shared_ptr<const re2::RE2> compile(std::string_view regex, std::int64_t memory) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory);
  return std::make_shared<const re2::RE2>(piece(regex), options);
}

// Names stand beside those of the detectors: in policies, on command lines, in `hash` tokens.
bool is_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || !is_letter(name[0])) return false;
  for (char c : name)
    if (!is_word(c) && c != '-') return false;
  return true;
}

Error wrong(const NamedPattern& pattern, std::string_view what) {
  return {ErrorCode::kInvalid, fmt::format("pattern '{}' {}", pattern.name, what)};
}

}  // namespace

Result<Patterns> Patterns::make(const std::vector<NamedPattern>& patterns) {
  if (patterns.size() > kPatterns)
    return Error{ErrorCode::kLimit, fmt::format("there can be {} patterns", kPatterns)};
  Patterns out;
  std::string any;
  for (const NamedPattern& pattern : patterns) {
    if (!is_name(pattern.name))
      return wrong(pattern, "needs a name of up to 64 letters, digits, '_' and '-'");
    if (detector_named(pattern.name)) return wrong(pattern, "has the name of a detector");
    for (const Compiled& other : out.patterns_)
      if (other.name == pattern.name) return wrong(pattern, "is there twice");
    if (pattern.regex.size() > kPatternBytes)
      return wrong(pattern, fmt::format("is longer than {} bytes", kPatternBytes));
    auto regex = compile(pattern.regex, kPatternMemory);
    if (!regex->ok()) return wrong(pattern, fmt::format("is not RE2: {}", regex->error()));
    if (re2::RE2::PartialMatch("", *regex))
      return wrong(pattern, "matches the empty text, so it would match everywhere");
    any += fmt::format("{}(?:{})", any.empty() ? "" : "|", pattern.regex);
    out.patterns_.push_back({pattern.name, pattern.style, std::move(regex)});
  }
  if (out.patterns_.empty()) return out;
  out.any_ = compile(any, kPatternsMemory);
  if (!out.any_->ok())
    return Error{ErrorCode::kLimit,
                 "the patterns together are too large: use fewer or simpler ones"};
  return out;
}

std::size_t Patterns::scan(std::string_view bytes, std::size_t window, bool complete,
                           Findings& findings) const {
  if (patterns_.empty()) return bytes.size();
  while (window < bytes.size()) {
    const std::size_t newline = bytes.substr(window, kWindowBytes).find('\n');
    const bool line_ends = newline != std::string_view::npos;
    const std::size_t left = bytes.size() - window;
    if (!line_ends && left < kWindowBytes && !complete) break;
    const std::size_t size = line_ends ? newline : std::min(left, kWindowBytes);
    const bool last = line_ends || left < kWindowBytes;
    const std::size_t step = last ? size + (line_ends ? 1 : 0) : kWindowStep;
    scan_window(bytes, window, window + (last ? size : kWindowStep), window + size, findings);
    window += step;
  }
  findings.settled = std::min(findings.settled, window);
  return window;
}

// Matches that begin in [from, last_start) and end by `end`. The byte before counts as context, so
// that ^ and \b mean what they say in the windows of a long line.
void Patterns::scan_window(std::string_view bytes, std::size_t from, std::size_t last_start,
                           std::size_t end, Findings& findings) const {
  const bool line_begins = from == 0 || bytes[from - 1] == '\n';
  const std::size_t base = line_begins ? from : from - 1;
  const std::string_view text = bytes.substr(base, end - base);
  const std::size_t start = from - base;
  if (!any_->Match(piece(text), start, text.size(), re2::RE2::UNANCHORED, nullptr, 0)) return;
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    re2::StringPiece match;
    for (std::size_t at = start; at < last_start - base;) {
      if (!patterns_[i].regex->Match(piece(text), at, text.size(), re2::RE2::UNANCHORED, &match, 1))
        break;
      const auto begin = static_cast<std::size_t>(match.data() - text.data());
      if (begin >= last_start - base) break;
      if (!match.empty())
        findings.hits.push_back({kDetectors + i, base + begin, base + begin + match.size()});
      at = std::max(begin + match.size(), at + 1);
    }
  }
}

}  // namespace sallyport::mask
