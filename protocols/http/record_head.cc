#include "protocols/http/record_head.h"

#include <array>

namespace sallyport::http {
namespace {

constexpr std::string_view kHidden = "[redacted]";
// Shorter than any credential worth the name; what is shorter would take other words with it.
constexpr std::size_t kShortestHidden = 8;

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

void replace_all(std::string& text, std::string_view what) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), kHidden);
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

void hide_credential(Fields& fields, std::string_view credential) {
  // A scheme before the secret ("Bearer …") is no secret, and may be left out by an echo.
  const std::string_view secret = credential.substr(credential.rfind(' ') + 1);
  if (secret.size() < kShortestHidden) return;
  bool found = false;
  for (const Field& field : fields.list())
    found = found || field.value.find(secret) != std::string::npos;
  if (!found) return;
  Fields clean;
  for (const Field& field : fields.list()) {
    std::string value = field.value;
    replace_all(value, secret);
    clean.add(field.name, std::move(value));
  }
  fields = std::move(clean);
}

}  // namespace sallyport::http
