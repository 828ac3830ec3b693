// Forms of the token endpoint: what is taken is within its limits, and an audience names at most
// one segment of a path.
#include <cstdint>
#include <cstdlib>

#include "core/identity/token_request.h"

using namespace sallyport::identity;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view form(reinterpret_cast<const char*>(data), size);
  const auto target = target_of(form, "https://b.example.com", "example.com");
  if (target && form.find("://") != form.npos) require(target->find('/') == target->npos);
  const auto parsed = parse_token_request(form);
  if (const auto* error = std::get_if<OAuthError>(&parsed)) {
    require(!error->code.empty() && !error->description.empty());
    return 0;
  }
  const TokenRequest& request = std::get<TokenRequest>(parsed);
  require(!request.subject_token.empty());
  require(request.certificate != request.ssh_public_key.empty());
  require(!request.uses || (*request.uses >= 1 && *request.uses <= 100));
  require(!request.lifetime ||
          (request.lifetime->count() >= 1 && request.lifetime->count() <= 900));
  require(request.role.find(' ') == request.role.npos);
  return 0;
}
