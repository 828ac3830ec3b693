#include "storage/payload.h"

#include <catch2/catch.hpp>

#include "storage/limits.h"

using namespace sallyport;
using namespace sallyport::storage;

namespace {

SessionId session() { return SessionId::parse("01890a5d-ac96-774b-bcce-b302099a8057").value(); }

}  // namespace

TEST_CASE("HMAC-SHA-256 is that of RFC 4231") {
  // Test case 2 has the short key "Jefe"; ours have 256 bits, padded with zeros like any shorter
  // key.
  SecretKey key;
  std::string jefe = "Jefe";
  std::copy(jefe.begin(), jefe.end(), reinterpret_cast<char*>(key.data()));
  HmacKey hmac(key);
  CHECK(to_hex(as_text(hmac.sum({"what do ya want ", "for nothing?"}))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("A payload opens to what was sealed, compressed or not") {
  SecretKey key = SecretKey::random();
  HmacKey hmac(SecretKey::random());
  for (std::size_t size : {std::size_t{1}, kCompressFrom - 1, kCompressFrom, kChunkBytes}) {
    std::string plain(size, 'x');
    auto sealed = seal_payload({7, session(), 1, "response.body", 5}, plain, key, hmac);
    REQUIRE(sealed);
    CHECK(sealed->algorithm == (size >= kCompressFrom ? "A256GCM+zstd" : "A256GCM"));
    PayloadRef ref = reference_to(*sealed);
    auto opened = open_payload(*sealed, key, hmac);
    REQUIRE(opened);
    CHECK(*opened == plain);
    CHECK(reference_to(*sealed) == ref);
  }
}

TEST_CASE("A payload does not open with another key, in another place or with another byte") {
  SecretKey key = SecretKey::random();
  HmacKey hmac(SecretKey::random());
  auto sealed = seal_payload({7, session(), 1, "response.body", 5}, "secret", key, hmac);
  REQUIRE(sealed);
  auto opens = [&](auto change) {
    SealedPayload copy = *sealed;
    change(copy);
    return open_payload(copy, key, hmac).ok();
  };
  CHECK(opens([](SealedPayload&) {}));
  CHECK_FALSE(opens([](SealedPayload& p) { p.place.id = 8; }));
  CHECK_FALSE(opens([](SealedPayload& p) { p.place.seq = 2; }));
  CHECK_FALSE(opens([](SealedPayload& p) { p.place.stream = "request.body"; }));
  CHECK_FALSE(opens([](SealedPayload& p) { p.place.offset_us = 6; }));
  CHECK_FALSE(opens([](SealedPayload& p) { p.place.session = SessionId(); }));
  CHECK_FALSE(opens([](SealedPayload& p) { p.algorithm = "A256GCM+zstd"; }));
  CHECK_FALSE(opens([](SealedPayload& p) { p.size = 7; }));
  CHECK_FALSE(opens([](SealedPayload& p) { p.blob[0] = static_cast<char>(p.blob[0] ^ 1); }));
  CHECK_FALSE(opens([](SealedPayload& p) { p.blob.clear(); }));
  CHECK_FALSE(open_payload(*sealed, SecretKey::random(), hmac));
}

TEST_CASE("The same bytes have another hash each time they are recorded") {
  SecretKey key = SecretKey::random();
  HmacKey hmac(SecretKey::random());
  auto one = seal_payload({1, session(), 1, "s", 0}, "yes", key, hmac);
  auto two = seal_payload({2, session(), 1, "s", 0}, "yes", key, hmac);
  CHECK(one->hmac != two->hmac);
}

TEST_CASE("A wrapped key comes back only with its key and for its purpose") {
  auto store = StoreKey::derive("0123456789abcdef");
  REQUIRE(store);
  SecretKey key = SecretKey::random();
  auto wrapped = store->wrap("purpose", key);
  REQUIRE(wrapped);
  CHECK(store->unwrap("purpose", *wrapped)->view() == key.view());
  CHECK_FALSE(store->unwrap("another", *wrapped));
  CHECK_FALSE(StoreKey::derive("fedcba9876543210")->unwrap("purpose", *wrapped));
  CHECK_FALSE(StoreKey::derive("too short"));
}
