#include "policy/pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "policy/glob.h"
#include "policy/limits.h"
#include "policy/utf8.h"

namespace sallyport::policy {
namespace {

std::shared_ptr<const re2::RE2> compile_regex(std::string_view regex, bool bytes) {
  re2::RE2::Options options(bytes ? re2::RE2::Latin1 : re2::RE2::DefaultOptions);
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemory);
  return std::make_shared<const re2::RE2>(re2::StringPiece(regex.data(), regex.size()), options);
}

bool found(const re2::RE2& regex, std::string_view value) {
  return re2::RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), regex);
}

// A path between slashes could be meant literally: "/admin/". RE2 that is meant as RE2 has one of
// these.
bool could_be_path(std::string_view regex) {
  return regex.find_first_of("^$()[]{}|+?\\") == std::string_view::npos;
}

}  // namespace

bool is_regex(std::string_view text) {
  return text.size() > 1 && text.front() == '/' && text.back() == '/';
}

Result<Pattern> Pattern::parse(std::string_view text, char separator) {
  if (text.empty())
    return Error{ErrorCode::kInvalid,
                 "an empty pattern matches only an empty value; "
                 "write /^$/ if that is meant"};
  if (text.size() > kPatternBytes)
    return Error{ErrorCode::kLimit, fmt::format("a pattern is at most {} bytes", kPatternBytes)};
  Pattern pattern;
  pattern.text_ = text;
  pattern.separator_ = separator;
  if (is_regex(text)) {
    const std::string_view regex = text.substr(1, text.size() - 2);
    if (regex.empty()) return Error{ErrorCode::kInvalid, "// is an empty RE2 pattern"};
    if (separator == '/' && could_be_path(regex))
      return Error{
          ErrorCode::kInvalid,
          fmt::format("{0} is either a path or RE2 between slashes: write {0}** or {0}* for "
                      "what is below the path, /^{0}$/ for the path itself, or use ^, $ or "
                      "( ) to make it plainly RE2",
                      text)};
    pattern.kind_ = Kind::kRegex;
    pattern.regex_ = compile_regex(regex, false);
    if (!pattern.regex_->ok())
      return Error{ErrorCode::kInvalid,
                   fmt::format("RE2 refuses {}: {}", text, pattern.regex_->error())};
    return pattern;
  }
  pattern.literal_ = text.find('*');
  if (pattern.literal_ == std::string_view::npos) return pattern;
  pattern.kind_ = Kind::kGlob;
  if (!glob_needs_regex(text, separator)) return pattern;
  pattern.regex_ = compile_regex(glob_to_regex(text, separator), true);
  if (!pattern.regex_->ok())
    return Error{ErrorCode::kLimit, fmt::format("the glob {} is too long", text)};
  return pattern;
}

Pattern::Match Pattern::match(std::string_view value) const {
  if (kind_ == Kind::kExact) return value == text_ ? Match::kYes : Match::kNo;
  if (value.size() > kTestedBytes) return Match::kUntested;
  if (kind_ == Kind::kGlob) {
    const std::string_view glob = text_;
    if (!value.starts_with(glob.substr(0, literal_))) return Match::kNo;
    const bool yes = regex_ ? found(*regex_, value) : glob_match(glob, value, separator_);
    return yes ? Match::kYes : Match::kNo;
  }
  // RE2 stops at bytes that are not UTF-8: one of them between two words must not hide both from
  // ".*".
  if (const std::optional<std::string> repaired = repair_utf8(value))
    return found(*regex_, *repaired) ? Match::kYes : Match::kNo;
  return found(*regex_, value) ? Match::kYes : Match::kNo;
}

}  // namespace sallyport::policy
