// The one function that makes the path which is decided on, recorded and forwarded (RFC 3986 §6.2.2,
// RFC 9110 §4.2.3). Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocols/http/decoder.h"

namespace sallyport::http {

struct RequestTarget {
  std::string path;   // begins with "/": dot segments resolved, escapes of unreserved characters decoded,
                      // other escapes in upper case
  std::string query;  // without "?", escapes normalised likewise
  bool has_query = false;
  std::string authority;  // of absolute-form, else empty
  // Kinds of ambiguity found, of: empty_segment, encoded_slash, encoded_backslash, backslash,
  // double_encoding, overlong_utf8, path_parameter, encoded_dot_segment, bad_utf8, control.
  std::vector<std::string> ambiguous;
};

// origin-form and absolute-form; "*" only for OPTIONS; authority-form is refused. A NUL, a malformed escape, a
// fragment or a byte outside the grammar is an error (400).
struct TargetResult {
  std::optional<RequestTarget> target;
  std::optional<WireError> error;
};
TargetResult parse_target(std::string_view request_target, std::string_view method);

// name=value pairs of a query, decoded ("+" is a space); a name without "=" has an empty value.
std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query);

}  // namespace sallyport::http
