// The one function that makes the path which is decided on, recorded and forwarded (RFC 3986
// §6.2.2, RFC 9110 §4.2.3). Pure, and idempotent: its output, taken as input, gives the same again.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocols/http/decoder.h"

namespace sallyport::http {

struct RequestTarget {
  // Begins with "/" (or is "*"): dot segments resolved, escapes of unreserved characters decoded,
  // other escapes in upper case, characters that no URI may hold escaped.
  std::string path;
  std::string query;  // without "?", escapes normalised likewise
  bool has_query = false;
  std::string scheme;     // of absolute-form in lower case, else empty
  std::string authority;  // of absolute-form in lower case, else empty
  // Kinds of ambiguity found, each once, sorted, of: backslash, bad_utf8, control, double_encoding,
  // edge_space, empty_segment, encoded_backslash, encoded_dot_segment, encoded_slash,
  // overlong_utf8, path_parameter. All are looked for in the path, bad_utf8 and overlong_utf8 in
  // the query too.
  std::vector<std::string> ambiguous;

  // path[?query], as it is forwarded.
  std::string to_string() const;
};

// origin-form and absolute-form; "*" only for OPTIONS; authority-form is refused. A NUL, a
// malformed escape, a fragment or a byte outside the grammar is an error (400).
struct TargetResult {
  std::optional<RequestTarget> target;
  std::optional<WireError> error;
};
TargetResult parse_target(std::string_view request_target, std::string_view method);

// `path` with every escape decoded: what a target that decodes before it routes may see. For rules,
// beside the path itself; never forwarded.
std::string decode_escapes(std::string_view path);

// name=value pairs of a query, decoded ("+" is a space); a name without "=" has an empty value. At
// most kQueryPairs; parse_target refuses a query with more.
std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query);

}  // namespace sallyport::http
