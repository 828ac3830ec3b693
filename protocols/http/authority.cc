#include "protocols/http/authority.h"

#include <algorithm>

#include "protocols/http/characters.h"
#include "protocols/http/message.h"

namespace sallyport::http {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || !all(text, kDigit)) return std::nullopt;
  std::uint32_t port = 0;
  for (char c : text) port = port * 10 + static_cast<std::uint32_t>(c - '0');
  if (port > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

bool is_name(std::string_view host) {
  return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
    return is(c, kAlpha) || is(c, kDigit) || c == '-' || c == '.' || c == '_';
  });
}

// The characters of an IPv6 address; the resolver decides the rest. No zone (RFC 6874), no
// IPvFuture.
bool is_ipv6(std::string_view host) {
  return host.size() >= 2 && host.size() <= 45 && contains(host, ':') &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return is(c, kHex) || c == ':' || c == '.'; });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  std::string_view host = text;
  std::string_view rest;
  const bool bracketed = !text.empty() && text.front() == '[';
  if (bracketed) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (bracketed ? !is_ipv6(host) : !is_name(host)) return std::nullopt;
  Authority authority{lower(host), std::nullopt};
  if (!rest.empty()) {
    if (rest.front() != ':') return std::nullopt;
    authority.port = parse_port(rest.substr(1));
    if (!authority.port) return std::nullopt;
  }
  return authority;
}

bool same_authority(std::string_view a, std::string_view b, std::string_view scheme) {
  const std::optional<Authority> left = parse_authority(a);
  const std::optional<Authority> right = parse_authority(b);
  if (!left || !right) return false;
  const std::uint16_t standard = scheme == "https" ? 443 : 80;
  return left->host == right->host &&
         left->port.value_or(standard) == right->port.value_or(standard);
}

std::optional<AbsoluteForm> parse_absolute_form(std::string_view target) {
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  AbsoluteForm form;
  if (same_name(target.substr(0, colon), "http")) form.scheme = "http";
  if (same_name(target.substr(0, colon), "https")) form.scheme = "https";
  if (form.scheme.empty()) return std::nullopt;
  const std::string_view after = target.substr(colon + 3);
  const std::size_t end = std::min(after.find_first_of("/?#\\"), after.size());
  form.authority = after.substr(0, end);
  form.rest = after.substr(end);
  if (!parse_authority(form.authority)) return std::nullopt;
  return form;
}

}  // namespace sallyport::http
