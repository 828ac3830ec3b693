#include <algorithm>

#include "protocols/http/characters.h"
#include "protocols/http/decoder.h"
#include "protocols/http/field_lines.h"
#include "protocols/http/framing.h"
#include "protocols/http/limits.h"

namespace sallyport::http {

struct HeadDecoder::Shape {
  std::size_t line_bytes;  // of the first line, without CRLF
  std::size_t head_bytes;  // of all, with the empty line
  int line_too_long;       // the status for it
};

namespace {

WireError malformed(const char* detail) { return WireError{400, detail}; }

template <class T>
Step<T> refuse(WireError error) {
  return Step<T>{std::nullopt, std::move(error)};
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// Whether a field line or the empty line can begin so: no fold, no bare CR, no empty name.
bool may_begin_line(std::string_view rest) {
  if (rest.empty()) return true;
  if (rest[0] != '\r') return is(rest[0], kToken);
  return rest.size() == 1 || rest[1] == '\n';
}

// RFC 9112 §2.3: 1.0 and 1.1 are spoken here; what is well-formed otherwise gets 505.
std::optional<WireError> read_version(std::string_view text, int& minor_version) {
  if (text.size() != 8 || text.substr(0, 5) != "HTTP/" || !is(text[5], kDigit) || text[6] != '.' ||
      !is(text[7], kDigit)) {
    return malformed("malformed HTTP version");
  }
  if (text[5] != '1' || text[7] > '1')
    return WireError{505, "an HTTP version other than 1.0 and 1.1"};
  minor_version = text[7] - '0';
  return std::nullopt;
}

// RFC 9112 §3: method SP request-target SP HTTP-version, with single spaces.
std::optional<WireError> read_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  if (first == std::string_view::npos) return malformed("malformed request line");
  const std::size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return malformed("a request line without version");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  if (!is_token(method)) return malformed("the method is not a token");
  if (target.empty() || !is_visible(target)) return malformed("malformed request target");
  if (auto error = read_version(line.substr(second + 1), head.minor_version)) return error;
  head.method = method;
  head.target = target;
  return std::nullopt;
}

// RFC 9112 §4. The space before an absent reason phrase may be absent too, as many servers write
// it.
std::optional<WireError> read_status_line(std::string_view line, ResponseHead& head) {
  if (line.size() < 12 || line[8] != ' ') return malformed("malformed status line");
  if (auto error = read_version(line.substr(0, 8), head.minor_version)) return error;
  const std::string_view status = line.substr(9, 3);
  if (!all(status, kDigit) || status[0] < '1' || status[0] > '5')
    return malformed("malformed status");
  if (line.size() > 12 && line[12] != ' ') return malformed("malformed status");
  const std::string_view reason = line.size() > 13 ? line.substr(13) : std::string_view();
  if (!all(reason, kValue)) return malformed("the reason phrase holds a control character");
  head.status = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
  head.reason = reason;
  return std::nullopt;
}

}  // namespace

void HeadDecoder::reset() { *this = HeadDecoder(); }

// Walks line by line, so that a bare LF is found at once and the place is kept; a bare CR is found
// when the line is read. The same bytes give the same outcome however they arrive.
HeadDecoder::Found HeadDecoder::find_end(std::string_view unread, const Shape& shape) {
  const std::string_view window = unread.substr(0, shape.head_bytes);
  while (true) {
    if (line_end_ != 0 && !may_begin_line(window.substr(line_start_))) {
      error_ = malformed("a field line begins with what is no name");
      return Found::kError;
    }
    const std::size_t lf = window.find('\n', searched_);
    const bool found = lf != std::string_view::npos;
    if (line_end_ == 0 && (found ? lf : window.size()) > shape.line_bytes + 1) {
      error_ = WireError{shape.line_too_long, "the first line is too long"};
      return Found::kError;
    }
    if (!found) {
      searched_ = window.size();
      if (unread.size() <= shape.head_bytes) return Found::kMore;
      error_ = WireError{431, "the head is too large"};
      return Found::kError;
    }
    if (lf == 0 || window[lf - 1] != '\r') {
      error_ = malformed("a line does not end in CRLF");  // RFC 9112 §2.2
      return Found::kError;
    }
    searched_ = lf + 1;
    if (lf == line_start_ + 1 && line_end_ != 0) return Found::kEnd;
    if (line_end_ == 0) line_end_ = lf + 1;
    line_start_ = lf + 1;
  }
}

template <class Head, class ReadLine, class Settle>
Step<Head> HeadDecoder::read(std::string_view text, const Shape& shape, ReadLine read_line,
                             Settle settle) {
  const Found found = find_end(text, shape);
  const std::string_view line = text.substr(0, line_end_ == 0 ? 0 : line_end_ - 2);
  Head head;
  if (found != Found::kEnd) {
    // A bad first line is refused without waiting for the rest.
    if (line_end_ != 0 && !line_checked_) {
      if (auto error = read_line(line, head)) return refuse<Head>(std::move(*error));
      line_checked_ = true;
    }
    return Step<Head>{std::nullopt, error_};
  }
  head.fields.reserve(16);
  std::optional<WireError> error = read_line(line, head);
  if (!error) {
    // Without the empty line at the end.
    const std::string_view lines = text.substr(line_end_, searched_ - 2 - line_end_);
    error = read_field_lines(lines, head.fields, kFieldLines);
  }
  if (!error) error = settle(head);
  if (error) return refuse<Head>(std::move(*error));
  const std::size_t used = searched_;
  reset();
  return Step<Head>{Decoded<Head>{std::move(head), used}, std::nullopt};
}

Step<RequestHead> HeadDecoder::request(std::string_view unread) {
  static constexpr Shape kShape{kRequestLineBytes, kRequestHeadBytes, 414};
  // RFC 9112 §2.2: one empty line is ignored, which some clients send after a body. A second one is
  // refused.
  std::size_t start = 0;
  if (!unread.empty() && unread[0] == '\r') {
    if (unread.size() < 2) return {};
    if (unread[1] != '\n') return refuse<RequestHead>(malformed("a CR without LF"));
    start = 2;
  }
  const std::string_view text = unread.substr(start);
  if (text.empty()) return {};
  if (!is(text[0], kToken)) return refuse<RequestHead>(malformed("the method is not a token"));
  Step<RequestHead> step = read<RequestHead>(text, kShape, read_request_line, settle_request);
  if (step.done) step.done->used += start;
  return step;
}

Step<ResponseHead> HeadDecoder::response(std::string_view unread, std::string_view request_method) {
  static constexpr Shape kShape{kStatusLineBytes, kResponseHeadBytes, 431};
  if (unread.empty()) return {};
  if (unread[0] != 'H') return refuse<ResponseHead>(malformed("malformed status line"));
  const auto settle = [&](ResponseHead& head) { return settle_response(head, request_method); };
  return read<ResponseHead>(unread, kShape, read_status_line, settle);
}

}  // namespace sallyport::http
