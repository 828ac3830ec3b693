#include "protocols/http/path.h"

#include <algorithm>

#include "protocols/http/authority.h"
#include "protocols/http/characters.h"
#include "protocols/http/escapes.h"
#include "protocols/http/limits.h"

namespace sallyport::http {
namespace {

TargetResult refuse(const char* detail) {
  return TargetResult{std::nullopt, WireError{400, detail}};
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Looks at a path whose escapes are canonical, before its dot segments are resolved.
void find_ambiguity(const Canonical& path, std::vector<std::string>& kinds) {
  const std::string_view text = path.text;
  if (path.raw_backslash) kinds.emplace_back("backslash");
  if (path.escaped_dot_segment) kinds.emplace_back("encoded_dot_segment");
  if (has(text, "//")) kinds.emplace_back("empty_segment");
  if (has(text, ";")) kinds.emplace_back("path_parameter");
  // Where a segment begins or ends with a space: some file systems and frameworks cut it off.
  if (has(text, "/%20") || has(text, "%20/") || text.ends_with("%20"))
    kinds.emplace_back("edge_space");
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3)) {
    const std::string_view escape = text.substr(at + 1, 2);
    const std::string_view after = text.substr(at + 3);
    if (escape == "2F") kinds.emplace_back("encoded_slash");
    if (escape == "5C" && !path.raw_backslash) kinds.emplace_back("encoded_backslash");
    if (escape == "3B") kinds.emplace_back("path_parameter");
    if (escape == "7F" || escape[0] == '0' || escape[0] == '1') kinds.emplace_back("control");
    if (escape == "25" && after.size() >= 2 && is(after[0], kHex) && is(after[1], kHex)) {
      kinds.emplace_back("double_encoding");
    }
  }
}

void find_bad_utf8(std::string_view text, std::vector<std::string>& kinds) {
  if (!has(text, "%")) return;  // what is left then is ASCII
  switch (check_utf8(decode_percent(text, false))) {
    case Utf8::kValid:
      return;
    case Utf8::kOverlong:
      kinds.emplace_back("overlong_utf8");
      return;
    case Utf8::kInvalid:
      kinds.emplace_back("bad_utf8");
      return;
  }
}

// RFC 3986 §5.2.4; `path` begins with "/". Nothing climbs above the root.
std::string remove_dot_segments(std::string_view path) {
  if (!has(path, "/.")) return std::string(path);
  std::string out;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at + 1), path.size());
    const std::string_view segment = path.substr(at + 1, end - at - 1);
    const bool last = end == path.size();
    if (segment == "." || segment == "..") {
      if (segment == ".." && !out.empty()) out.resize(out.rfind('/'));
      if (last) out.push_back('/');
    } else {
      out.append(path.substr(at, end - at));
    }
    at = end;
  }
  return out;
}

TargetResult parse_parts(std::string_view text, RequestTarget target) {
  const std::size_t mark = text.find('?');
  target.has_query = mark != std::string_view::npos;
  const std::optional<Canonical> path = canonical_escapes(text.substr(0, mark), Component::kPath);
  if (!path) return refuse("the path holds a NUL, a malformed escape or a forbidden character");
  find_ambiguity(*path, target.ambiguous);
  find_bad_utf8(path->text, target.ambiguous);
  target.path = remove_dot_segments(path->text);
  if (target.has_query) {
    std::optional<Canonical> query = canonical_escapes(text.substr(mark + 1), Component::kQuery);
    if (!query) return refuse("the query holds a NUL, a malformed escape or a forbidden character");
    target.query = std::move(query->text);
    find_bad_utf8(target.query, target.ambiguous);
    const auto pairs = std::count(target.query.begin(), target.query.end(), '&');
    if (static_cast<std::size_t>(pairs) >= kQueryPairs)
      return refuse("the query has too many pairs");
  }
  std::vector<std::string>& kinds = target.ambiguous;
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  return TargetResult{std::move(target), std::nullopt};
}

}  // namespace

std::string RequestTarget::to_string() const { return has_query ? path + "?" + query : path; }

TargetResult parse_target(std::string_view request_target, std::string_view method) {
  RequestTarget target;
  if (request_target == "*" && method == "OPTIONS") {
    target.path = "*";
    return TargetResult{std::move(target), std::nullopt};
  }
  if (method == "CONNECT") return refuse("CONNECT is not offered here");
  if (request_target.starts_with('/')) return parse_parts(request_target, std::move(target));
  const std::optional<AbsoluteForm> form = parse_absolute_form(request_target);
  if (!form) return refuse("the request target has no known form");
  target.scheme = form->scheme;
  target.authority = form->authority;
  for (char& c : target.authority) c = to_lower(c);
  // RFC 9112 §3.2.1: an empty path is "/".
  if (form->rest.starts_with('/')) return parse_parts(form->rest, std::move(target));
  if (!form->rest.empty() && form->rest.front() != '?') return refuse("malformed URL");
  return parse_parts("/" + std::string(form->rest), std::move(target));
}

std::string decode_escapes(std::string_view path) { return decode_percent(path, false); }

std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty() && pairs.size() < kQueryPairs) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    // Not find(): GCC 12 takes its bound for unlimited at -O2 and warns.
    const auto equals = static_cast<std::size_t>(std::ranges::find(pair, '=') - pair.begin());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    pairs.emplace_back(decode_percent(pair.substr(0, equals), true), decode_percent(value, true));
  }
  return pairs;
}

}  // namespace sallyport::http
