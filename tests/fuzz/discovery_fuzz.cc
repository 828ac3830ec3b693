// Discovery documents, cache fields and names of claims: no document leads anywhere but to https,
// and nobody's documents are taken for another's.
#include <cstdint>
#include <cstdlib>

#include "core/config/claim_path.h"
#include "core/config/limits.h"
#include "core/config/provider_url.h"
#include "core/identity/discovery.h"
#include "core/identity/freshness.h"

using namespace sallyport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<std::string> jwks = identity::read_discovery(text, "https://idp.test/");
  if (jwks && !jwks->starts_with("https://")) std::abort();
  if (jwks && !config::check_provider_url(*jwks)) std::abort();
  const Result<std::string> local = identity::read_discovery(text, "http://127.0.0.1:8");
  if (local && !local->starts_with("https://") && !config::is_loopback_http(*local)) std::abort();
  if (jwks && local) std::abort();

  const std::size_t half = text.size() / 2;
  const auto fresh = identity::fresh_for({text, {}, {}, {}});
  const auto expires =
      identity::fresh_for({{}, text.substr(0, half), text.substr(half), text.substr(0, half)});
  for (const auto& one : {fresh, expires}) {
    if (one && one->count() < 0) std::abort();
  }
  const Result<config::ClaimPath> path = config::parse_claim_path(text);
  if (path && (path->empty() || path->size() > config::kClaimSteps)) std::abort();
  return 0;
}
