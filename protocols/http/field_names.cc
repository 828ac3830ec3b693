#include "protocols/http/field_names.h"

#include <array>
#include <string>

#include "protocols/http/characters.h"
#include "protocols/http/message.h"

namespace sallyport::http {
namespace {

constexpr std::array kHopByHop = {
    std::string_view("connection"),
    std::string_view("keep-alive"),
    std::string_view("proxy-connection"),
    std::string_view("proxy-authenticate"),
    std::string_view("proxy-authorization"),
    std::string_view("te"),
    std::string_view("trailer"),
    std::string_view("transfer-encoding"),
    std::string_view("upgrade"),
    std::string_view("http2-settings"),
    std::string_view("sec-websocket-extensions"),
};

constexpr std::array kClaims = {
    std::string_view("forwarded"),
    std::string_view("x-real-ip"),
    std::string_view("true-client-ip"),
    std::string_view("proxy"),
    std::string_view("x-client-ip"),
    std::string_view("client-ip"),
    std::string_view("x-cluster-client-ip"),
    std::string_view("cf-connecting-ip"),
    std::string_view("fastly-client-ip"),
    std::string_view("x-original-url"),
    std::string_view("x-original-host"),
    std::string_view("x-rewrite-url"),
    std::string_view("x-host"),
    std::string_view("x-forwarded"),
    std::string_view("x-remote-ip"),
    std::string_view("x-remote-addr"),
    std::string_view("x-originating-ip"),
    std::string_view("x-http-host-override"),
};

constexpr std::array kClaimPrefixes = {
    std::string_view("x-forwarded-"),
    std::string_view("x-original-forwarded-"),
    std::string_view("sallyport-"),
    std::string_view("x-broker-"),
};

// Beyond the hop-by-hop names and the claims: what must have one spelling only.
constexpr std::array kOneSpelling = {
    std::string_view("host"),
    std::string_view("content-length"),
    std::string_view("content-type"),
    std::string_view("content-encoding"),
    std::string_view("expect"),
    std::string_view("via"),
    std::string_view("authorization"),
    std::string_view("cookie"),
    std::string_view("x-http-method"),
    std::string_view("x-http-method-override"),
    std::string_view("x-method-override"),
};

// Beyond those of kOneSpelling.
constexpr std::array kEndToEnd = {
    std::string_view("content-language"),
    std::string_view("content-location"),
    std::string_view("content-range"),
    std::string_view("content-disposition"),
    std::string_view("cache-control"),
    std::string_view("vary"),
    std::string_view("date"),
    std::string_view("etag"),
    std::string_view("location"),
    std::string_view("set-cookie"),
    std::string_view("www-authenticate"),
    std::string_view("accept"),
    std::string_view("accept-encoding"),
    std::string_view("range"),
    std::string_view("if-match"),
    std::string_view("if-none-match"),
};

constexpr std::array kForbiddenTrailers = {
    std::string_view("content-length"),
    std::string_view("content-type"),
    std::string_view("content-encoding"),
    std::string_view("content-range"),
    std::string_view("host"),
    std::string_view("authorization"),
    std::string_view("cookie"),
    std::string_view("set-cookie"),
    std::string_view("expect"),
    std::string_view("range"),
    std::string_view("cache-control"),
    std::string_view("max-forwards"),
    std::string_view("location"),
    std::string_view("www-authenticate"),
    std::string_view("via"),
};

template <std::size_t N>
bool one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  for (std::string_view candidate : names) {
    if (same_name(name, candidate)) return true;
  }
  return false;
}

}  // namespace

bool is_hop_by_hop(std::string_view name) { return one_of(name, kHopByHop); }

bool is_proxy_claim(std::string_view name) {
  for (std::string_view prefix : kClaimPrefixes) {
    if (name.size() > prefix.size() && to_lower(name[0]) == prefix[0] &&
        same_name(name.substr(0, prefix.size()), prefix)) {
      return true;
    }
  }
  return one_of(name, kClaims);
}

bool is_own_field(std::string_view name) {
  constexpr std::string_view kPrefix = "sallyport-";
  return same_name(name.substr(0, kPrefix.size()), kPrefix);
}

bool is_end_to_end(std::string_view name) {
  return one_of(name, kOneSpelling) || one_of(name, kEndToEnd);
}

bool is_underscore_twin(std::string_view name) {
  if (!contains(name, '_')) return false;
  std::string mapped(name);
  for (char& c : mapped) {
    if (c == '_') c = '-';
  }
  std::string_view twin = mapped;
  while (!twin.empty() && twin.front() == '-') twin.remove_prefix(1);
  while (!twin.empty() && twin.back() == '-') twin.remove_suffix(1);
  return is_hop_by_hop(twin) || is_proxy_claim(twin) || one_of(twin, kOneSpelling);
}

bool is_forbidden_trailer(std::string_view name) {
  return is_hop_by_hop(name) || is_proxy_claim(name) || is_underscore_twin(name) ||
         one_of(name, kForbiddenTrailers);
}

}  // namespace sallyport::http
