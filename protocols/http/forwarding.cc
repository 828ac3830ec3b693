#include "protocols/http/forwarding.h"

#include <algorithm>

#include "protocols/http/characters.h"
#include "protocols/http/field_names.h"
#include "protocols/http/rewriting.h"

namespace sallyport::http {
namespace {

bool one_of(std::string_view name, const std::vector<std::string_view>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view candidate) { return same_name(name, candidate); });
}

// The same name for a reader that takes "_" for "-".
bool same_variable(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return to_lower(x == '_' ? '-' : x) == to_lower(y == '_' ? '-' : y);
  });
}

bool is_credential(std::string_view name, const RequestContext& context) {
  return same_name(name, "Authorization") ||
         std::any_of(context.credential_names.begin(), context.credential_names.end(),
                     [&](std::string_view own) { return same_variable(name, own); });
}

// RFC 9110 §7.6.3: the version of the message as it was received, and a pseudonym.
std::string via(int minor_version) {
  return minor_version == 0 ? "1.0 sallyport" : "1.1 sallyport";
}

// RFC 7239 §4, §6: an address or host that is no token is quoted, an IPv6 address in brackets too.
std::string forwarded(const RequestContext& context) {
  const bool v6 = context.client_address.find(':') != std::string_view::npos;
  std::string out = "for=";
  out += v6 ? "\"[" + std::string(context.client_address) + "]\""
            : std::string(context.client_address);
  if (!context.host.empty()) out += ";host=\"" + std::string(context.host) + "\"";
  out += ";proto=" + std::string(context.scheme);
  return out;
}

// What binds a client to the target's own host, and would lead it past the broker or away from it.
bool is_about_target_host(std::string_view name) {
  return same_name(name, "Alt-Svc") || same_name(name, "Strict-Transport-Security") ||
         same_name(name, "Public-Key-Pins") || same_name(name, "Public-Key-Pins-Report-Only");
}

// RFC 9110 §8.6: where there is no content, the length of what a GET would have brought; never with
// 1xx and 204.
bool keeps_length(const ResponseHead& head) {
  return head.framing == Framing::kNone && head.status >= 200 && head.status != 204;
}

bool stays_for_agent(const std::string& name, const ResponseHead& head) {
  if (same_name(name, "Content-Length")) return keeps_length(head);
  // Announces the trailers that follow a chunked body; they are passed on, so is this.
  if (same_name(name, "Trailer")) return head.framing == Framing::kChunked;
  return !is_hop_by_hop(name) && !is_own_field(name) && !is_about_target_host(name);
}

}  // namespace

std::vector<std::string_view> listed_in_connection(const Fields& fields) {
  std::vector<std::string_view> names = list_members(fields, "Connection");
  std::erase_if(names, [](std::string_view name) { return is_end_to_end(name); });
  return names;
}

Fields request_fields_for_target(const RequestHead& head, const RequestContext& context) {
  const std::vector<std::string_view> listed = listed_in_connection(head.fields);
  Fields out;
  out.reserve(head.fields.size() + 8);
  out.add("Host", std::string(context.target_host));
  for (const Field& field : head.fields.list()) {
    const std::string& name = field.name;
    if (same_name(name, "Host") || same_name(name, "Content-Length") || same_name(name, "Expect") ||
        is_hop_by_hop(name) || is_proxy_claim(name) || is_credential(name, context) ||
        one_of(name, listed)) {
      continue;
    }
    out.add(name, field.value);
  }
  out.add("Forwarded", forwarded(context));
  out.add("X-Forwarded-For", std::string(context.client_address));
  if (!context.host.empty()) out.add("X-Forwarded-Host", std::string(context.host));
  out.add("X-Forwarded-Proto", std::string(context.scheme));
  if (!context.prefix.empty()) out.add("X-Forwarded-Prefix", std::string(context.prefix));
  out.add("Via", via(head.minor_version));
  return out;
}

Fields response_fields_for_agent(const ResponseHead& head, const ResponseContext& context) {
  const std::vector<std::string_view> listed = listed_in_connection(head.fields);
  Fields out;
  out.reserve(head.fields.size() + 2);
  for (const Field& field : head.fields.list()) {
    const std::string& name = field.name;
    if (!stays_for_agent(name, head) || one_of(name, listed)) continue;
    if (same_name(name, "Location") || same_name(name, "Content-Location")) {
      out.add(name, rewrite_reference(field.value, context));
    } else if (same_name(name, "Link")) {
      out.add(name, rewrite_links(field.value, context));
    } else if (same_name(name, "Refresh")) {
      out.add(name, rewrite_refresh(field.value, context));
    } else if (same_name(name, "Set-Cookie")) {
      out.add(name, rewrite_cookie(field.value, context));
    } else {
      out.add(name, field.value);
    }
  }
  out.add("Via", via(head.minor_version));
  if (!context.session.empty()) out.add("Sallyport-Session", std::string(context.session));
  return out;
}

}  // namespace sallyport::http
