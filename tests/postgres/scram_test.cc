#include "protocols/postgres/scram.h"

#include <catch2/catch.hpp>

#include "protocols/postgres/limits.h"

using namespace sallyport;
using namespace sallyport::postgres;

namespace {

// RFC 7677 §3 with an empty user name, as PostgreSQL's clients send it; proofs and signatures were
// computed with Python's hashlib.
const std::string kNonce = "\xac\xea\x6b\x34\x67\xf0\x11\xb7\x91\x5a\x06\xcd\x12\x4a\x8e";
const std::string kServerNonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const std::string kServerFirst = "r=" + kServerNonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const std::string kAnswer =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=qvT2SWdEH5Q06albL+"
    "hjSYuUhCG7VndFyzIb7CK4n9k=";
const std::string kFinal = "v=3HO6Qt1M4MKJrmlKaoOqLAI0/0TV0HZe7J9H3MBtSOg=";
const std::string kBoundAnswer =
    "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsY2VydGlmaWNhdGUtaGFzaA==,r=rOprNGfwEbeRWgbNEkqO%"
    "hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=OoC85J0nqe9IqYfBNOrVA6d3ET/TIQr7XSHoEvwgJA8=";
const std::string kBoundFinal = "v=xCSWP034cjdWKlWOr3dVSLFTksiGUD786XreZYp/iAA=";

std::string with_count(const std::string& count) {
  return "r=" + kServerNonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=" + count;
}

}  // namespace

TEST_CASE("A login is proven and the server's proof is checked") {
  ScramKeyCache cache;
  ScramClient client(kNonce, "", false, cache);
  CHECK(client.mechanism() == "SCRAM-SHA-256");
  CHECK(client.first() == "n,,n=,r=rOprNGfwEbeRWgbNEkqO");
  auto answer = client.answer(kServerFirst, "pencil");
  REQUIRE(answer.ok());
  CHECK(*answer == kAnswer);
  CHECK(client.verify(kFinal).ok());
}

TEST_CASE("A login is bound to the server's certificate") {
  ScramKeyCache cache;
  ScramClient client(kNonce, "certificate-hash", true, cache);
  CHECK(client.mechanism() == "SCRAM-SHA-256-PLUS");
  CHECK(client.first() == "p=tls-server-end-point,,n=,r=rOprNGfwEbeRWgbNEkqO");
  auto answer = client.answer(kServerFirst, "pencil");
  REQUIRE(answer.ok());
  CHECK(*answer == kBoundAnswer);
  CHECK(client.verify(kBoundFinal).ok());
}

TEST_CASE("A client that could have bound says so") {
  ScramKeyCache cache;
  CHECK(ScramClient(kNonce, "", true, cache).first().starts_with("y,,"));
}

TEST_CASE("A server that does not know the password is found out") {
  ScramKeyCache cache;
  ScramClient client(kNonce, "", false, cache);
  CHECK_FALSE(client.verify(kFinal).ok());  // before anything was asked
  REQUIRE(client.answer(kServerFirst, "pencil").ok());
  for (const std::string& wrong :
       {std::string("v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), std::string("v="),
        std::string(""), std::string("e=other-error"), kFinal.substr(0, kFinal.size() - 4)}) {
    CHECK_FALSE(client.verify(wrong).ok());
  }
  ScramClient other(kNonce, "", false, cache);
  REQUIRE(other.answer(kServerFirst, "crayon").ok());
  CHECK_FALSE(other.verify(kFinal).ok());
}

TEST_CASE("A server's first message is read strictly") {
  ScramKeyCache cache;
  for (const std::string& wrong :
       {std::string(), std::string("r=abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
        std::string("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
        "r=" + kServerNonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ,i=4096",
        "r=" + kServerNonce + ",s=,i=4096", "m=ext," + kServerFirst, with_count(""),
        with_count("0x1000"), with_count("-4096"), with_count("99999999999999999999")}) {
    ScramClient client(kNonce, "", false, cache);
    INFO(wrong);
    CHECK_FALSE(client.answer(wrong, "pencil").ok());
  }
}

TEST_CASE("Iterations have a bound below and above") {
  ScramKeyCache cache;
  const auto accepted = [&](std::uint32_t count) {
    return ScramClient(kNonce, "", false, cache)
        .answer(with_count(std::to_string(count)), "pencil")
        .ok();
  };
  CHECK(accepted(kLeastScramIterations));
  CHECK_FALSE(accepted(kLeastScramIterations - 1));
  CHECK(accepted(kScramIterations));
  CHECK_FALSE(accepted(kScramIterations + 1));
}

TEST_CASE("Keys are derived once for a password, a salt and a count") {
  ScramKeyCache cache;
  const auto first = cache.get("pencil", "salt", 4096);
  CHECK(cache.get("pencil", "salt", 4096) == first);
  CHECK(cache.get("pencil", "other", 4096) != first);
  CHECK(cache.get("crayon", "salt", 4096) != first);
  CHECK(cache.get("pencil", "salt", 4097) != first);
}
