// Access tokens of cloud services, by their fixed shapes.
#include <string>

#include "policy/mask/limits.h"
#include "policy/mask/verify.h"

namespace sallyport::mask {
namespace {

bool ends(Text& text, std::size_t end) { return !is_word(text.at(end)); }

bool all_of(std::string_view value, bool (*in_class)(char)) {
  for (char c : value)
    if (!in_class(c)) return false;
  return true;
}

// The part of the text before `at` that ends with `word`, case-sensitively.
bool preceded(const Text& text, std::size_t at, std::string_view word) {
  return at >= word.size() && text.bytes().substr(at - word.size(), word.size()) == word;
}

bool follows(Text& text, std::size_t at, std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i)
    if (text.at(at + i) != word[i]) return false;
  return true;
}

// The name of a value, small and without separators: "SecretAccessKey" -> "secretaccesskey".
std::string name_before(const Text& text, std::size_t value) {
  auto in = [](char c, std::string_view set) { return set.find(c) != std::string_view::npos; };
  const std::size_t limit = value > kSecretNameBytes ? value - kSecretNameBytes : 0;
  std::size_t at = value;
  while (at > limit && in(text.before(at), " \t\"'`\\=:>,|[]()")) --at;
  std::string name;
  if (at == value) return name;
  for (; at > limit && (is_alnum(text.before(at)) || in(text.before(at), "_-. []")); --at)
    if (is_alnum(text.before(at))) name.insert(name.begin(), to_lower(text.before(at)));
  return name;
}

// aws_secret_access_key, SecretKey, AWS_SECRET, "the secret key is".
bool names_secret_key(std::string_view name) {
  if (name.ends_with("none")) name.remove_suffix(4);  // `aws configure` shows "[None]:"
  if (name.ends_with("is")) name.remove_suffix(2);
  if (name.ends_with("value")) name.remove_suffix(5);
  const std::size_t secret = name.rfind("secret");
  if (secret == std::string_view::npos) return false;
  const std::string_view rest = name.substr(secret + 6);
  if (rest.empty() || rest == "access") {
    const std::string_view owner = name.substr(0, secret);
    return owner.ends_with("aws") || owner.ends_with("s3") || owner.ends_with("amazon");
  }
  return rest == "key" || rest == "accesskey" || rest == "keyaccess";
}

// Reads "-" and a run of a class whose length is within bounds; returns its end, or 0.
std::size_t part(Text& text, std::size_t at, std::size_t least, std::size_t most,
                 bool (*in_class)(char)) {
  if (text.at(at) != '-') return 0;
  const std::size_t end = text.run_end(at + 1, at + 2 + most, in_class);
  const std::size_t length = end - at - 1;
  return length >= least && length <= most ? end : 0;
}

bool is_slack_id(char c) { return is_upper(c) || is_digit(c); }

// xoxb-1234567890-1234567890-…: up to three numbers and a random tail; after a single digit, as of
// configuration tokens, the tail alone.
std::size_t slack_user_end(Text& text, std::size_t at) {
  const std::size_t version = part(text, at, 1, 1, is_digit);
  if (version != 0) at = version;
  std::size_t numbers = 0;
  for (std::size_t next; numbers < 3 && (next = part(text, at, 8, 14, is_digit)) != 0; ++numbers)
    at = next;
  const bool configuration = numbers == 0 && version != 0;
  if (numbers == 0 && !configuration) return 0;
  const std::size_t end = part(text, at, configuration ? 100 : 18, 200, is_alnum);
  return end != 0 && !one_character(text.bytes().substr(at + 1, end - at - 1)) ? end : 0;
}

// xapp-1-A0123456789-1234567890123-…
std::size_t slack_app_end(Text& text, std::size_t at) {
  at = part(text, at, 1, 2, is_digit);
  if (at != 0) at = part(text, at, 8, 14, is_slack_id);
  if (at != 0) at = part(text, at, 8, 16, is_digit);
  const std::size_t end = at == 0 ? 0 : part(text, at, 20, 128, is_alnum);
  return end != 0 && !one_character(text.bytes().substr(at + 1, end - at - 1)) ? end : 0;
}

// The end of "/" and an id of Slack that begins with one of `first`, or 0.
std::size_t slack_id_end(Text& text, std::size_t at, char first, char other) {
  if (text.at(at) != '/' || (text.at(at + 1) != first && text.at(at + 1) != other)) return 0;
  const std::size_t end = text.run_end(at + 1, at + 16, is_slack_id);
  return end - at > 7 && end - at < 15 ? end : 0;
}

}  // namespace

bool one_character(std::string_view value) {
  return value.find_first_not_of(value.substr(0, 1)) == std::string_view::npos;
}

Span find_aws_key(Text& text, std::size_t anchor) {
  const Span none{anchor, anchor};
  const std::string_view prefix = text.bytes().substr(anchor, 4);
  if (prefix != "AKIA" && prefix != "ASIA" && prefix != "ABIA" && prefix != "ACCA") return none;
  auto base32 = [](char c) { return is_upper(c) || (c >= '2' && c <= '7'); };
  if (text.run_end(anchor + 4, anchor + 20, base32) != anchor + 20) return none;
  if (one_character(text.bytes().substr(anchor + 4, 16))) return none;
  if (!word_begins(text.bytes(), anchor) || !ends(text, anchor + 20)) return none;
  return {anchor, anchor + 20};
}

Span find_aws_secret(Text& text, std::size_t anchor) {
  const Span none{anchor, anchor};
  const std::size_t end = anchor + 40;
  // A path of a URL has the same characters; it seldom has forty.
  if (!is_base64(text.at(end - 1)) || text.run_end(anchor, end, is_base64) != end) return none;
  const char after = text.at(end);
  if (is_base64(after) || after == '=' || after == '_') return none;
  if (one_character(text.bytes().substr(anchor, 40))) return none;
  return names_secret_key(name_before(text, anchor)) ? Span{anchor, end} : none;
}

Span find_github_token(Text& text, std::size_t anchor) {
  // ghp_ and 36 characters.
  constexpr std::string_view kKinds = "pousr";
  if (anchor > 2 && preceded(text, anchor - 1, "gh") &&
      kKinds.find(text.before(anchor)) != kKinds.npos) {
    const Span none{anchor - 3, anchor - 3};
    const std::size_t end = text.run_end(anchor + 1, anchor + 38, is_alnum);
    if (end != anchor + 37 || !ends(text, end)) return none;
    if (one_character(text.bytes().substr(anchor + 1, 36))) return none;
    return word_begins(text.bytes(), none.start) ? Span{none.start, end} : none;
  }
  // github_pat_ and 22 characters, '_' and 59.
  constexpr std::string_view kPrefix = "github_pat_";
  const std::size_t before = kPrefix.size() + 22;
  if (anchor < before || !preceded(text, anchor - 22, kPrefix)) return {anchor, anchor};
  if (!all_of(text.bytes().substr(anchor - 22, 22), is_alnum)) return {anchor, anchor};
  const Span none{anchor - before, anchor - before};
  const std::size_t end = text.run_end(anchor + 1, anchor + 61, is_alnum);
  if (end != anchor + 60 || text.at(end) == '_') return none;
  if (one_character(text.bytes().substr(anchor + 1, 59))) return none;
  return word_begins(text.bytes(), none.start) ? Span{none.start, end} : none;
}

Span find_slack_token(Text& text, std::size_t anchor) {
  const Span none{anchor, anchor};
  // "xoxe." may stand before a configuration token.
  const bool prefixed = preceded(text, anchor, "xoxe.");
  const std::size_t start = prefixed ? anchor - 5 : anchor;
  if (!word_begins(text.bytes(), start)) return none;
  constexpr std::string_view kKinds = "abeoprs";
  std::size_t end = 0;
  if (follows(text, anchor, "xapp")) {
    end = slack_app_end(text, anchor + 4);
  } else if (follows(text, anchor, "xox") && kKinds.find(text.at(anchor + 3)) != kKinds.npos) {
    end = slack_user_end(text, anchor + 4);
  }
  return end != 0 && ends(text, end) ? Span{start, end} : Span{start, start};
}

Span find_slack_hook(Text& text, std::size_t anchor) {
  constexpr std::string_view kHooks = "hooks";
  const Span none{anchor, anchor};
  if (!preceded(text, anchor, kHooks)) return none;
  const std::size_t start = anchor - kHooks.size();
  const Span miss{start, start};
  constexpr std::string_view kHost = ".slack.com/";
  if (!follows(text, anchor, kHost) || !word_begins(text.bytes(), start)) return miss;
  std::size_t at = anchor + kHost.size();
  for (std::string_view kind : {"services", "workflows", "triggers"})
    if (follows(text, at, kind)) at += kind.size();
  at = slack_id_end(text, at, 'T', 'E');
  if (at != 0 && text.at(at + 1) != 'B' && text.at(at + 1) != 'A') {
    // A trigger has a number where a service has the id of an app.
    const std::size_t number = text.run_end(at + 1, at + 24, is_digit);
    at = text.at(at) == '/' && number > at + 8 ? number : 0;
  } else if (at != 0) {
    at = slack_id_end(text, at, 'B', 'A');
    const std::size_t number = at == 0 ? 0 : text.run_end(at + 1, at + 24, is_digit);
    if (at != 0 && number > at + 8 && text.at(number) == '/') at = number;
  }
  if (at == 0 || text.at(at) != '/') return miss;
  const std::size_t end = text.run_end(at + 1, at + 66, is_alnum);
  return end - at > 16 && end - at <= 65 ? Span{start, end} : miss;
}

}  // namespace sallyport::mask
