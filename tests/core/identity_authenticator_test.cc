#include <thread>

#include "core/identity/limits.h"
#include "identity_support.h"
#include "tests/support/fakes.h"

namespace sallyport::identity {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::FakeClock;

struct Bench {
  TempDir dir;
  FakeClock clock;
  Signer dev{dir, "dev"};
  std::unique_ptr<Authenticator> authenticator = make();

  std::unique_ptr<Authenticator> make() {
    auto made = Authenticator::make({dev.issuer}, clock);
    REQUIRE(made);
    return std::move(*made);
  }
};

TEST_CASE("A development token says who it is for") {
  Bench b;
  const Result<std::string> token = issue_token(b.dev.issuer, "agent-7", {"agents", "dev"},
                                                "assistant", minutes(15), b.clock.wall());
  REQUIRE(token);
  const auto verdict = b.authenticator->authenticate(*token);
  REQUIRE(accepted(verdict));
  const Principal& principal = std::get<Principal>(verdict);
  CHECK(principal.issuer == "dev");
  CHECK(principal.subject == "agent-7");
  CHECK(principal.actor() == "assistant");
  CHECK(principal.groups == std::vector<std::string>{"agents", "dev"});
  CHECK(principal.auth_method == "jwt");
  CHECK(principal.credential_id.size() == 64);
  CHECK(token->find(principal.credential_id) == std::string::npos);
  CHECK(principal.expires_at == b.clock.wall() + minutes(15) + kClockSkew);
}

TEST_CASE("Two tokens for the same subject at the same moment are two tokens") {
  Bench b;
  CHECK(b.dev.token(b.clock.wall()) != b.dev.token(b.clock.wall()));
}

TEST_CASE("What the authenticator would refuse is not issued") {
  Bench b;
  const WallTime now = b.clock.wall();
  CHECK_FALSE(issue_token(b.dev.issuer, "", {}, "", minutes(1), now));
  CHECK_FALSE(issue_token(b.dev.issuer, "a\nb", {}, "", minutes(1), now));
  CHECK_FALSE(issue_token(b.dev.issuer, "a", {""}, "", minutes(1), now));
  CHECK_FALSE(issue_token(b.dev.issuer, "a", {}, std::string(256, 'x'), minutes(1), now));
  CHECK_FALSE(issue_token(b.dev.issuer, "a", {}, "", seconds(0), now));
  CHECK_FALSE(issue_token(b.dev.issuer, "a", {}, "", std::chrono::hours(25), now));
  config::Issuer oidc = b.dev.issuer;
  oidc.type = config::IssuerType::kOidc;
  CHECK_FALSE(issue_token(oidc, "a", {}, "", minutes(1), now));
}

TEST_CASE("A token that was accepted is refused once it has expired") {
  Bench b;
  const std::string token = b.dev.token(b.clock.wall(), minutes(1));
  CHECK(accepted(b.authenticator->authenticate(token)));
  b.clock.advance(minutes(2) - seconds(1));
  CHECK(accepted(b.authenticator->authenticate(token)));
  b.clock.advance(seconds(1));
  CHECK(reason(b.authenticator->authenticate(token)) == "the token has expired");
}

TEST_CASE("A token that was accepted is refused once its issuer or its key is gone") {
  Bench b;
  const Signer other(b.dir, "other");
  const std::string token = b.dev.token(b.clock.wall());
  CHECK(accepted(b.authenticator->authenticate(token)));
  REQUIRE(b.authenticator->replace({other.issuer}));
  CHECK_FALSE(accepted(b.authenticator->authenticate(token)));
  CHECK(accepted(b.authenticator->authenticate(other.token(b.clock.wall()))));
  REQUIRE(b.authenticator->replace({b.dev.issuer}));
  CHECK(accepted(b.authenticator->authenticate(token)));
  b.dir.write("dev.pem", other.pem);
  REQUIRE(b.authenticator->replace({b.dev.issuer}));
  CHECK_FALSE(accepted(b.authenticator->authenticate(token)));
}

TEST_CASE("A principal is vouched for while its issuer and the key that signed are there") {
  Bench b;
  const Signer other(b.dir, "other");
  const auto verdict = b.authenticator->authenticate(b.dev.token(b.clock.wall()));
  REQUIRE(accepted(verdict));
  const Principal principal = std::get<Principal>(verdict);
  CHECK(principal.key_id.size() == 43);
  CHECK(b.authenticator->vouches(principal));
  const std::uint64_t before = b.authenticator->generation();
  b.authenticator->authenticate(b.dev.token(b.clock.wall()));
  CHECK(b.authenticator->generation() == before);

  REQUIRE(b.authenticator->replace({other.issuer}));
  CHECK(b.authenticator->generation() > before);
  CHECK_FALSE(b.authenticator->vouches(principal));
  REQUIRE(b.authenticator->replace({other.issuer, b.dev.issuer}));
  CHECK(b.authenticator->vouches(principal));
  // Another key under the same name, whatever key id it has.
  b.dir.write("dev.pem", other.pem);
  REQUIRE(b.authenticator->replace({b.dev.issuer}));
  CHECK_FALSE(b.authenticator->vouches(principal));
  Principal unsigned_one = principal;
  unsigned_one.key_id.clear();
  CHECK(b.authenticator->vouches(unsigned_one));
}

TEST_CASE("A reload that fails changes nothing") {
  Bench b;
  const std::string token = b.dev.token(b.clock.wall());
  config::Issuer broken = b.dev.issuer;
  broken.key = b.dir.file("none.pem");
  const Result<void> replaced = b.authenticator->replace({broken});
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().detail.find("none.pem") != std::string::npos);
  CHECK(accepted(b.authenticator->authenticate(token)));
}

TEST_CASE("Every change of one character makes a token forged") {
  Bench b;
  const std::string token = b.dev.token(b.clock.wall());
  CHECK(accepted(b.authenticator->authenticate(token)));
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    INFO(i);
    CHECK_FALSE(accepted(b.authenticator->authenticate(changed)));
    CHECK_FALSE(accepted(b.authenticator->authenticate(token.substr(0, i))));
  }
  CHECK_FALSE(accepted(b.authenticator->authenticate(token + "A")));
  CHECK_FALSE(accepted(b.authenticator->authenticate(" " + token)));
  CHECK_FALSE(accepted(b.authenticator->authenticate(token + "\n")));
}

TEST_CASE("A refused token's claims are told without control bytes, and its bytes not at all") {
  Bench b;
  const std::string payload = base64url_encode(R"({"iss":"evil\u001b[31m","sub":")" +
                                               std::string(600, 'x') + R"(","exp":1})");
  const std::string token =
      base64url_encode(R"({"alg":"EdDSA"})") + "." + payload + "." + base64url_encode("sig");
  const auto verdict = b.authenticator->authenticate(token);
  REQUIRE_FALSE(accepted(verdict));
  const Rejection& rejection = std::get<Rejection>(verdict);
  CHECK(rejection.issuer == "evil[31m");
  CHECK(rejection.subject == std::string(kClaimedBytes, 'x'));
  CHECK(rejection.reason.find(payload) == std::string::npos);
}

TEST_CASE("A token is taken to its longest and refused beyond it") {
  Bench b;
  CHECK(reason(b.authenticator->authenticate(std::string(kTokenBytes + 1, 'a'))) ==
        "the token is too long");
  CHECK(reason(b.authenticator->authenticate(std::string(kTokenBytes, 'a'))) ==
        "a token has exactly three parts");
  CHECK(reason(b.authenticator->authenticate("")) == "a token has exactly three parts");
}

TEST_CASE("Headers that bring their own key or an extension are refused") {
  Bench b;
  const std::string token = b.dev.token(b.clock.wall());
  const std::string rest = token.substr(token.find('.'));
  for (const char* header : {R"({"alg":"EdDSA","jwk":{}})", R"({"alg":"EdDSA","jku":"https://x"})",
                             R"({"alg":"EdDSA","x5u":"https://x"})", R"({"alg":"EdDSA","x5c":[]})",
                             R"({"alg":"EdDSA","crit":["exp"]})", R"({"alg":"EdDSA","b64":true})",
                             R"({"alg":"EdDSA","zip":"DEF"})", R"({"alg":"EdDSA","cty":"JWT"})"}) {
    const std::string verdict =
        reason(b.authenticator->authenticate(base64url_encode(header) + rest));
    INFO(header << ": " << verdict);
    CHECK(verdict.find("which is not accepted") != std::string::npos);
  }
  const auto with_type = [&](const std::string& type) {
    const std::string header = R"({"alg":"EdDSA","typ":")" + type + R"("})";
    return reason(b.authenticator->authenticate(base64url_encode(header) + rest));
  };
  for (const char* type : {"JWT", "jwt", "at+JWT", "application/jwt", "APPLICATION/at+jwt"}) {
    CHECK(with_type(type) == "the token's signature is wrong");
  }
  for (const char* type : {"", "JOSE", "secevent+jwt", "text/jwt"}) {
    CHECK(with_type(type) == "the token's \"typ\" is not that of a JWT");
  }
}

TEST_CASE("Many threads may authenticate while the issuers are replaced") {
  Bench b;
  const std::string token = b.dev.token(b.clock.wall());
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        if (!accepted(b.authenticator->authenticate(token))) ++refused;
      }
    });
  }
  for (int i = 0; i < 50; ++i) CHECK(b.authenticator->replace({b.dev.issuer}));
  for (std::thread& thread : threads) thread.join();
  CHECK(refused == 0);
}

TEST_CASE("A key file that is no Ed25519 key, or that others can read, is an error that names it") {
  Bench b;
  b.dir.write("bad.pem", "nonsense");
  config::Issuer issuer = b.dev.issuer;
  issuer.key = b.dir.file("bad.pem");
  const auto bad = Authenticator::make({issuer}, b.clock);
  REQUIRE_FALSE(bad);
  CHECK(bad.error().detail.find("bad.pem is not an Ed25519 private key") != std::string::npos);
  b.dir.write("open.pem", b.dev.pem, 0644);
  issuer.key = b.dir.file("open.pem");
  CHECK_FALSE(Authenticator::make({issuer}, b.clock));
}

}  // namespace
}  // namespace sallyport::identity
