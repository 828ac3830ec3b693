#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/identity/authenticator.h"

namespace sallyport::identity {
namespace {

using nlohmann::json;

const std::string kData = std::string(SALLYPORT_SOURCE_DIR) + "/tests/data/jose/";

TEST_CASE("Every case of our own JWT vectors gets a right verdict") {
  std::ifstream config_file(kData + "config.json");
  REQUIRE(config_file);
  const json settings = json::parse(config_file);
  config::Issuer issuer;
  issuer.name = "vectors";
  issuer.issuer = settings["issuer"];
  issuer.audience = settings["audience"];
  issuer.algorithms = settings["allowed_algs"].get<std::vector<std::string>>();
  issuer.jwks = kData + "jwks.json";
  const SystemClock clock;
  const auto authenticator = Authenticator::make({issuer}, clock);
  if (!authenticator) UNSCOPED_INFO(authenticator.error().detail);
  REQUIRE(authenticator);
  const WallTime now{std::chrono::seconds(settings["now"].get<std::int64_t>())};

  std::ifstream cases(kData + "jwt_cases.jsonl");
  std::size_t count = 0;
  for (std::string line; std::getline(cases, line); ++count) {
    const json one = json::parse(line);
    const auto verdict = (*authenticator)->authenticate_at(one["token"].get<std::string>(), now);
    const bool accepted = std::holds_alternative<Principal>(verdict);
    const std::string got = accepted ? "accept" : "reject";
    INFO(one["id"] << " " << one["note"] << ": "
                   << (accepted ? "accepted" : std::get<Rejection>(verdict).reason));
    const json also = one.value("also", json::array());
    const bool right =
        one["expect"] == got || std::find(also.begin(), also.end(), got) != also.end();
    CHECK(right);
    if (accepted) CHECK(std::get<Principal>(verdict).subject == "agent-7");
  }
  CHECK(count == 41);
}

}  // namespace
}  // namespace sallyport::identity
