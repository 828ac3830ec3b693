#include "protocols/http/encoder.h"

#include <algorithm>
#include <charconv>

#include "protocols/http/characters.h"

namespace sallyport::http {
namespace {

Error unsafe(const char* what) { return Error{ErrorCode::kInvalid, what}; }

void append_number(std::string& out, std::uint64_t number, int base) {
  char digits[20];
  const std::to_chars_result end = std::to_chars(digits, digits + sizeof digits, number, base);
  out.append(digits, end.ptr);
}

// Characters that end or split the request line are all outside of the visible ones (RFC 9112 §3).
bool is_request_target(std::string_view target) {
  return !target.empty() &&
         std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<void> append_fields(std::string& out, const Fields& fields) {
  std::size_t framings = 0;
  for (const Field& field : fields.list()) {
    if (!is_token(field.name)) return unsafe("a field name is not a token");
    if (!all(field.value, kValue)) return unsafe("a field value holds a control character");
    if (same_name(field.name, "Content-Length") || same_name(field.name, "Transfer-Encoding")) {
      ++framings;
    }
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  // RFC 9112 §6.1, §6.2: at most one of the two, once.
  if (framings > 1) return unsafe("the fields state the framing twice");
  out.append("\r\n");
  return {};
}

// Takes back what was written when it turns out that the rest may not be.
class Rollback {
 public:
  explicit Rollback(std::string& out) : out_(out), size_(out.size()) {}
  Result<void> unless_ok(Result<void> result) {
    if (!result) out_.resize(size_);
    return result;
  }

 private:
  std::string& out_;
  std::size_t size_;
};

}  // namespace

void set_framing(Fields& fields, Framing framing, std::uint64_t content_length) {
  fields.remove("Content-Length");
  fields.remove("Transfer-Encoding");
  switch (framing) {
    case Framing::kLength: {
      std::string digits;
      append_number(digits, content_length, 10);
      fields.add("Content-Length", std::move(digits));
      return;
    }
    case Framing::kChunked:
      fields.add("Transfer-Encoding", "chunked");
      return;
    case Framing::kNone:
    case Framing::kUntilClose:
      return;
  }
}

Result<void> encode_request_head(std::string& out, std::string_view method, std::string_view target,
                                 const Fields& fields) {
  if (!is_token(method)) return unsafe("the method is not a token");
  if (!is_request_target(target)) return unsafe("the request target holds a forbidden character");
  Rollback rollback(out);
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  return rollback.unless_ok(append_fields(out, fields));
}

Result<void> encode_response_head(std::string& out, int status, std::string_view reason,
                                  const Fields& fields) {
  if (status < 100 || status > 999) return unsafe("the status has not three digits");
  if (!all(reason, kValue)) return unsafe("the reason phrase holds a control character");
  Rollback rollback(out);
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(status), 10);
  out.append(" ").append(reason).append("\r\n");
  return rollback.unless_ok(append_fields(out, fields));
}

void encode_chunk_line(std::string& out, std::size_t size) {
  if (size == 0) return;
  append_number(out, size, 16);
  out.append("\r\n");
}

void encode_chunk(std::string& out, std::string_view data) {
  if (data.empty()) return;
  encode_chunk_line(out, data.size());
  out.append(data).append(kChunkEnd);
}

Result<void> encode_last_chunk(std::string& out, const Fields& trailers) {
  Rollback rollback(out);
  out.append("0\r\n");
  if (trailers.find("Content-Length") != nullptr || trailers.find("Transfer-Encoding") != nullptr) {
    // RFC 9110 §6.5.1.
    return rollback.unless_ok(unsafe("a trailer states the framing"));
  }
  return rollback.unless_ok(append_fields(out, trailers));
}

}  // namespace sallyport::http
