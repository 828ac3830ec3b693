// How many logins one core judges per second: tokens that were never seen before (RS256, 2,048
// bits, 20 groups, an actor), each verified by the Authenticator and bound to its roles by a policy
// of 50 roles and 500 rules. Then the same tokens again, remembered. Prints logins per second of
// this thread's CPU time, the median and the best of several rounds; run it on a quiet machine.
#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>

#include "core/identity/authenticator.h"
#include "core/identity/base64url.h"
#include "core/insist.h"
#include "policy/compile.h"

namespace {

using namespace sallyport;
using identity::base64url_encode;

constexpr int kTokens = 2'000;
constexpr int kRounds = 5;

std::string_view view(const std::vector<unsigned char>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string number(EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &value) != 1) broken_invariant("no such number");
  std::vector<unsigned char> bytes(static_cast<std::size_t>(BN_num_bytes(value)));
  BN_bn2bin(value, bytes.data());
  BN_free(value);
  return base64url_encode(view(bytes));
}

std::string sign(EVP_PKEY* key, const std::string& input) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::vector<unsigned char> signature(512);
  std::size_t length = signature.size();
  const bool done =
      EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestSign(context, signature.data(), &length,
                     reinterpret_cast<const unsigned char*>(input.data()), input.size()) == 1;
  EVP_MD_CTX_free(context);
  if (!done) broken_invariant("a token cannot be signed");
  signature.resize(length);
  return base64url_encode(view(signature));
}

std::string make_token(EVP_PKEY* key, int serial, std::int64_t now) {
  std::string groups;
  for (int i = 0; i < 20; ++i) groups += fmt::format("{}\"team-{}\"", i == 0 ? "" : ",", i);
  const std::string input =
      base64url_encode(R"({"alg":"RS256","kid":"bench","typ":"at+jwt"})") + "." +
      base64url_encode(fmt::format(
          R"({{"iss":"https://idp.example.com","sub":"agent-{}","aud":"sallyport","iat":{},)"
          R"("exp":{},"jti":"{}","act":{{"sub":"assistant"}},"realm":{{"groups":[{}]}}}})",
          serial % 100, now, now + 600, serial, groups));
  return input + "." + sign(key, input);
}

std::string make_policy() {
  std::string roles;
  std::string rules;
  for (int role = 0; role < 50; ++role) {
    std::string ids;
    for (int i = 0; i < 10; ++i) {
      const int id = role * 10 + i;
      ids += fmt::format("{}r{}", i == 0 ? "" : ", ", id);
      rules += fmt::format(
          "  - {{id: r{0}, effect: allow, when: {{http.path: '/v1/c{0}/*', action: read}}}}\n", id);
    }
    roles += fmt::format(
        "  - {{name: role-{0}, groups: [team-{0}], targets: ['crm*'], issuers: [corp], rules: "
        "[{1}]}}\n",
        role, ids);
  }
  return "version: 1\nroles:\n" + roles + "rules:\n" + rules;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

config::Issuer make_issuer(EVP_PKEY* key, const std::string& path) {
  std::ofstream(path) << fmt::format(
      R"({{"keys":[{{"kty":"RSA","kid":"bench","alg":"RS256","n":"{}","e":"{}"}}]}})",
      number(key, OSSL_PKEY_PARAM_RSA_N), number(key, OSSL_PKEY_PARAM_RSA_E));
  config::Issuer issuer;
  issuer.name = "corp";
  issuer.issuer = "https://idp.example.com";
  issuer.audience = "sallyport";
  issuer.groups_claim = {"realm", "groups"};
  issuer.token_type = config::TokenType::kAccess;
  issuer.jwks = path;
  return issuer;
}

// Logins per second of CPU time.
double judge(const identity::Authenticator& authenticator, const policy::CompiledPolicy& policy,
             const std::vector<std::string>& tokens) {
  const double start = cpu_seconds();
  for (const std::string& token : tokens) {
    const auto verdict = authenticator.authenticate(token);
    const auto* principal = std::get_if<Principal>(&verdict);
    if (principal == nullptr) broken_invariant("a good token was refused");
    if (policy.bind(*principal, "crm", "http")->roles().size() != 20) {
      broken_invariant("a principal without its roles");
    }
  }
  return static_cast<double>(tokens.size()) / (cpu_seconds() - start);
}

void print(const char* what, std::vector<double> rates) {
  std::sort(rates.begin(), rates.end());
  std::printf("%-24s %10.0f /s median %10.0f /s best\n", what, rates[rates.size() / 2],
              rates.back());
}

}  // namespace

int main() {
  std::string folder = "/tmp/identity_bench.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 1;
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048});
  const config::Issuer issuer = make_issuer(key, folder + "/keys.json");
  config::Problems problems;
  const auto policy = policy::compile({{"bench.yaml", make_policy()}}, problems);
  if (policy == nullptr) {
    std::fputs(problems.to_string().c_str(), stderr);
    return 1;
  }
  const SystemClock clock;
  const auto now =
      std::chrono::floor<std::chrono::seconds>(clock.wall()).time_since_epoch().count();
  std::vector<std::string> tokens;
  for (int i = 0; i < kTokens; ++i) tokens.push_back(make_token(key, i, now));

  std::vector<double> fresh;
  std::vector<double> known;
  for (int round = 0; round < kRounds; ++round) {
    const auto authenticator = identity::Authenticator::make({issuer}, clock);
    if (!authenticator) broken_invariant("no authenticator");
    fresh.push_back(judge(**authenticator, *policy, tokens));
    known.push_back(judge(**authenticator, *policy, tokens));
  }
  print("never seen before", fresh);
  print("seen before", known);
  EVP_PKEY_free(key);
  unlink((folder + "/keys.json").c_str());
  rmdir(folder.c_str());
  return 0;
}
