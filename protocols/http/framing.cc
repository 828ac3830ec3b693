#include "protocols/http/framing.h"

#include "protocols/http/authority.h"
#include "protocols/http/characters.h"
#include "protocols/http/field_names.h"
#include "protocols/http/limits.h"

namespace sallyport::http {
namespace {

WireError malformed(const char* detail) { return WireError{400, detail}; }

// The fields that decide, found in one walk.
struct Deciding {
  std::size_t hosts = 0;
  std::size_t lengths = 0;
  std::size_t codings = 0;
  const std::string* host = nullptr;
  const std::string* length = nullptr;
  const std::string* coding = nullptr;
  const std::string* expect = nullptr;
  bool connection = false;
  bool twin = false;
};

Deciding find_deciding(const Fields& fields) {
  Deciding found;
  for (const Field& field : fields.list()) {
    const std::string& name = field.name;
    if (name.size() == 4 && same_name(name, "Host")) {
      ++found.hosts;
      found.host = &field.value;
    } else if (name.size() == 6 && same_name(name, "Expect")) {
      found.expect = &field.value;
    } else if (name.size() == 10 && same_name(name, "Connection")) {
      found.connection = true;
    } else if (name.size() == 14 && same_name(name, "Content-Length")) {
      ++found.lengths;
      found.length = &field.value;
    } else if (name.size() == 17 && same_name(name, "Transfer-Encoding")) {
      ++found.codings;
      found.coding = &field.value;
    }
    found.twin = found.twin || is_underscore_twin(name);
  }
  return found;
}

// RFC 9112 §6.1. Only "chunked" alone: we decode no other coding, and a list is where readers
// differ.
std::optional<WireError> check_coding(const Deciding& found, int minor_version) {
  if (found.lengths > 0) return malformed("Transfer-Encoding with Content-Length");
  if (found.codings > 1) return malformed("several Transfer-Encoding lines");
  if (minor_version == 0) return malformed("Transfer-Encoding in an HTTP/1.0 message");
  const std::string_view coding = *found.coding;
  if (same_name(coding, "chunked")) return std::nullopt;
  const std::size_t comma = coding.rfind(',');
  if (comma != std::string_view::npos && same_name(trim(coding.substr(comma + 1)), "chunked") &&
      is_token(trim(coding.substr(0, comma))) &&
      !same_name(trim(coding.substr(0, comma)), "chunked")) {
    return WireError{501, "a transfer coding other than chunked"};
  }
  return malformed("Transfer-Encoding is not chunked alone");
}

// RFC 9112 §6.2, §6.3: one decimal number. A leading zero is refused: some readers take it for
// octal.
std::optional<WireError> read_length(const Deciding& found, std::uint64_t& length) {
  if (found.lengths > 1) return malformed("several Content-Length lines");
  const std::string_view digits = *found.length;
  if (digits.empty() || !all(digits, kDigit)) return malformed("Content-Length is not a number");
  if (digits.size() > 1 && digits.front() == '0') return malformed("Content-Length begins with 0");
  if (digits.size() > 19) return WireError{413, "Content-Length is too large"};
  std::uint64_t number = 0;  // 19 digits fit
  for (char c : digits) number = number * 10 + static_cast<std::uint64_t>(c - '0');
  if (number > kContentLength) return WireError{413, "Content-Length is too large"};
  length = number;
  return std::nullopt;
}

// RFC 9112 §9.3.
std::optional<WireError> read_connection(const Fields& fields, bool present, int minor_version,
                                         bool& keep_alive) {
  keep_alive = minor_version >= 1;
  if (!present) return std::nullopt;
  bool close = false;
  for (std::string_view option : list_members(fields, "Connection")) {
    if (!is_token(option)) return malformed("Connection lists what is not a token");
    if (same_name(option, "close")) close = true;
    if (same_name(option, "keep-alive")) keep_alive = true;
  }
  if (close) keep_alive = false;
  return std::nullopt;
}

// RFC 9112 §3.2, §3.3.
std::optional<WireError> check_target(const RequestHead& head, const Deciding& found) {
  if (found.hosts > 1) return malformed("several Host lines");
  if (found.hosts == 0 && head.minor_version >= 1) return malformed("no Host");
  if (found.host != nullptr && !parse_authority(*found.host)) return malformed("malformed Host");
  const std::string_view target = head.target;
  if (head.method == "CONNECT") {
    const std::optional<Authority> authority = parse_authority(target);
    if (!authority || !authority->port) return malformed("CONNECT without host and port");
    return std::nullopt;
  }
  if (target.front() == '/') return std::nullopt;
  if (target == "*" && head.method == "OPTIONS") return std::nullopt;
  const std::optional<AbsoluteForm> form = parse_absolute_form(target);
  if (!form) return malformed("the request target has no known form");
  if (found.host != nullptr && !same_authority(form->authority, *found.host, form->scheme)) {
    return malformed("the request target disagrees with Host");
  }
  return std::nullopt;
}

bool status_has_no_content(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::optional<WireError> settle_request(RequestHead& head) {
  const Deciding found = find_deciding(head.fields);
  if (found.twin) return malformed("a field name imitates another one with underscores");
  if (found.codings > 0) {
    if (auto error = check_coding(found, head.minor_version)) return error;
    head.framing = Framing::kChunked;
  } else if (found.lengths > 0) {
    if (auto error = read_length(found, head.content_length)) return error;
    head.framing = Framing::kLength;
  }
  if (auto error = check_target(head, found)) return error;
  if (auto error =
          read_connection(head.fields, found.connection, head.minor_version, head.keep_alive)) {
    return error;
  }
  if (found.expect != nullptr && head.minor_version >= 1) {
    if (!same_name(*found.expect, "100-continue")) return WireError{417, "an unknown expectation"};
    head.expect_continue = head.framing != Framing::kNone;
  }
  return std::nullopt;
}

std::optional<WireError> settle_response(ResponseHead& head, std::string_view request_method) {
  const Deciding found = find_deciding(head.fields);
  if (auto error =
          read_connection(head.fields, found.connection, head.minor_version, head.keep_alive)) {
    return error;
  }
  if (found.codings > 0) {
    if (auto error = check_coding(found, head.minor_version)) return error;
  }
  if (found.lengths > 0) {
    if (auto error = read_length(found, head.content_length)) return error;
  }
  // RFC 9112 §6.1, RFC 9110 §8.6: neither may stand where no content can follow. A length of 0 is
  // harmless, and common with 204.
  if ((head.status < 200 || head.status == 204) && (found.codings > 0 || head.content_length > 0)) {
    return malformed("a response without content states its framing");
  }
  const bool tunnel = request_method == "CONNECT" && head.status >= 200 && head.status < 300;
  if (request_method == "HEAD" || status_has_no_content(head.status) || tunnel) {
    head.framing = Framing::kNone;
  } else if (found.codings > 0) {
    head.framing = Framing::kChunked;
  } else if (found.lengths > 0) {
    head.framing = Framing::kLength;
  } else {
    head.framing = Framing::kUntilClose;
    head.keep_alive = false;
  }
  return std::nullopt;
}

}  // namespace sallyport::http
