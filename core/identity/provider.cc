#include "core/identity/provider.h"

#include "core/identity/discovery.h"
#include "core/identity/fetch.h"
#include "core/identity/limits.h"

namespace sallyport::identity {
namespace {

Error about(const std::string& url, const Error& error) {
  return {error.code, url + ": " + error.detail};
}

// What is asked for the keys, when a discovery document named the URL.
Result<FetchRequest> discover(const config::Issuer& issuer, FetchRequest request,
                              const std::atomic<bool>& stop) {
  request.most_bytes = kDiscoveryBytes;
  request.url = openid_url(issuer.issuer);
  Result<Fetched> document = fetch(request, stop);
  if (!document && document.error().code == ErrorCode::kNotFound) {
    // A provider that knows OAuth only. When it does not know that either, the first answer says
    // more.
    FetchRequest other = request;
    other.url = oauth_url(issuer.issuer);
    if (Result<Fetched> found = fetch(other, stop)) {
      request.url = other.url;
      document = std::move(found);
    }
  }
  if (!document) return about(request.url, document.error());
  Result<std::string> jwks = read_discovery(document->body, issuer.issuer);
  if (!jwks) return about(request.url, jwks.error());
  request.url = *std::move(jwks);
  // A public provider does not send us into our own network; one within it stays there.
  request.besides_global = document->peer;
  return request;
}

}  // namespace

Result<Published> fetch_keys(const config::Issuer& issuer, std::chrono::milliseconds deadline,
                             const std::atomic<bool>& stop) {
  FetchRequest request{issuer.jwks, issuer.ca, kKeySetBytes, deadline, std::nullopt};
  if (issuer.jwks.empty()) {
    Result<FetchRequest> found = discover(issuer, request, stop);
    if (!found) return found.error();
    request = *std::move(found);
    request.most_bytes = kKeySetBytes;
  }
  const Result<Fetched> fetched = fetch(request, stop);
  if (!fetched) return about(request.url, fetched.error());
  Result<KeySet> keys = KeySet::parse(fetched->body);
  if (!keys) return about(request.url, keys.error());
  return Published{*std::move(keys), fetched->fresh_for};
}

}  // namespace sallyport::identity
