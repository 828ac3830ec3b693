#include "protocols/http/record_head.h"

#include <array>

namespace sallyport::http {
namespace {

constexpr std::string_view kHidden = "[redacted]";

// What proves an identity, of the agent toward the broker or the target (RFC 9110 §11, RFC 6265).
constexpr std::array<std::string_view, 5> kCredentialFields = {
    "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "Authentication-Info"};

bool holds_credential(std::string_view name) {
  for (std::string_view field : kCredentialFields)
    if (same_name(name, field)) return true;
  return false;
}

void append_fields(std::string& out, const Fields& fields) {
  for (const Field& field : fields.list()) {
    out.append(field.name).append(": ");
    out.append(holds_credential(field.name) ? kHidden : std::string_view(field.value));
    out.append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace

std::string request_record(std::string_view line, const RequestHead& head) {
  std::string out;
  out.reserve(512);
  out.append(line).append(head.minor_version == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  append_fields(out, head.fields);
  return out;
}

std::string response_record(const ResponseHead& head) {
  std::string out;
  out.reserve(512);
  out.append("HTTP/1.1 ").append(std::to_string(head.status)).append(" ");
  out.append(head.reason).append("\r\n");
  append_fields(out, head.fields);
  return out;
}

}  // namespace sallyport::http
