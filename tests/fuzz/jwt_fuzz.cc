// Tokens, claims and key sets: no input upsets a reader, what is accepted is canonical, and nothing
// is signed by a key that nobody has.
#include <cstdint>
#include <cstdlib>

#include "core/identity/base64url.h"
#include "core/identity/claims.h"
#include "core/identity/jws.h"

using namespace sallyport;
using namespace sallyport::identity;

namespace {

// A public key whose private half was thrown away when it was made.
constexpr std::string_view kKeys = R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"ed-1",)"
                                   R"("x":"Khh8ozs3vu7BQ181n4SYISM5oJuzFa4OZP8h6WaTZ3Y"}]})";

void judge_claims(std::string_view text) {
  static const config::Issuer issuer = [] {
    config::Issuer made;
    made.issuer = "https://idp.test/";
    made.audience = "broker";
    return made;
  }();
  static const config::Issuer nested = [] {
    config::Issuer made = issuer;
    made.groups_claim = {"a", "0", "b"};
    return made;
  }();
  static const config::Issuer demanding = [] {
    config::Issuer made = nested;
    made.required_claims = {{"r", {"r", "s"}, {true, std::int64_t{1}, 0.5, std::string("x")}}};
    made.token_type = config::TokenType::kAccess;
    return made;
  }();
  const Result<UnverifiedClaims> claims = UnverifiedClaims::parse(text);
  if (!claims) return;
  const Result<Claims> checked =
      claims->check(issuer, false, WallTime(std::chrono::seconds(1785542400)));
  if (checked && (checked->subject.empty() || claims->issuer() != issuer.issuer)) std::abort();
  // Who asks for more never accepts more.
  const WallTime now(std::chrono::seconds(1785542400));
  const Result<Claims> strict = claims->check(demanding, true, now);
  if (strict && (strict->kind != TokenKind::kAccess || !claims->check(nested, true, now)))
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Result<KeySet> keys = KeySet::parse(kKeys);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (verify_jws(text, *keys, default_algorithms())) std::abort();
  if (const Result<Jws> jws = parse_jws(text)) {
    const std::string tail = "." + base64url_encode(jws->signature);
    if (jws->signing_input + tail != text) std::abort();
    judge_claims(jws->payload);
  }
  judge_claims(text);
  const Result<KeySet> set = KeySet::parse(text);
  if (set && set->keys().empty()) std::abort();
  return 0;
}
