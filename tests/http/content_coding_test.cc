#include "protocols/http/content_coding.h"

#include <catch2/catch.hpp>

#include "protocols/http/limits.h"
#include "tests/http/codings.h"

namespace sallyport::http {
namespace {

using test::brotlied;
using test::deflated;
using test::gzipped;

// All of it in pieces of `size` bytes; the error in angle brackets when there is one.
std::string decode(const std::vector<Coding>& codings, std::string_view coded,
                   std::size_t size = 1u << 20) {
  ContentDecoder decoder(codings);
  std::string out;
  for (std::size_t at = 0; at < coded.size(); at += size) {
    const std::string piece(coded.substr(at, size));
    decoder.give(piece);
    for (bool more = true; more;) {
      const std::size_t before = out.size();
      Result<bool> taken = decoder.take(out);
      if (!taken) return "<" + taken.error().detail + ">";
      CHECK(out.size() - before <= kDecodedPiece);
      more = *taken;
    }
  }
  Result<void> whole = decoder.finish();
  return whole ? out : "<" + whole.error().detail + ">";
}

std::string text_of(std::size_t size) {
  std::string out;
  std::uint32_t state = 7;
  while (out.size() < size) {
    state = state * 1664525 + 1013904223;
    out += std::to_string(state >> 8) + (state % 7 == 0 ? " a word again and again\n" : ", ");
  }
  return out.substr(0, size);
}

constexpr int kRaw = -15;
constexpr int kZlib = 15;

}  // namespace

TEST_CASE("each coding is undone however its bytes are cut") {
  for (const std::size_t length : {0u, 1u, 300u, 200'000u}) {
    const std::string text = text_of(length);
    const std::vector<std::pair<Coding, std::string>> forms = {
        {Coding::kGzip, gzipped(text)},
        {Coding::kDeflate, deflated(text, kZlib)},
        {Coding::kDeflate, deflated(text, kRaw)},
        {Coding::kBrotli, brotlied(text)}};
    for (const auto& [coding, coded] : forms)
      for (const std::size_t size : {1u, 2u, 7u, 4096u, 1u << 20})
        CHECK(decode({coding}, coded, size) == text);
  }
}

TEST_CASE("codings on top of each other are undone from the last one on") {
  const std::string text = text_of(100'000);
  const std::string coded = brotlied(gzipped(text));
  CHECK(decode({Coding::kGzip, Coding::kBrotli}, coded, 1000) == text);
  CHECK(decode({Coding::kBrotli, Coding::kGzip}, coded)[0] == '<');
}

TEST_CASE("gzip members follow one another") {
  const std::string coded = gzipped("one ") + gzipped("") + gzipped("two");
  for (const std::size_t size : {1u, 10u, 1000u})
    CHECK(decode({Coding::kGzip}, coded, size) == "one two");
}

TEST_CASE("every strict prefix of coded content is an error, save the empty one") {
  const std::string text = "a text of some length, a text";
  for (const auto& [coding, coded] :
       std::vector<std::pair<Coding, std::string>>{{Coding::kGzip, gzipped(text)},
                                                   {Coding::kDeflate, deflated(text, kZlib)},
                                                   {Coding::kDeflate, deflated(text, kRaw)},
                                                   {Coding::kBrotli, brotlied(text)}}) {
    CHECK(decode({coding}, "").empty());
    for (std::size_t size = 1; size < coded.size(); ++size)
      CHECK(decode({coding}, coded.substr(0, size))[0] == '<');
  }
}

TEST_CASE("what follows the end of coded content is an error") {
  CHECK(decode({Coding::kGzip}, gzipped("text") + "more")[0] == '<');
  CHECK(decode({Coding::kGzip}, gzipped("text") + std::string(3, '\0'))[0] == '<');
  CHECK(decode({Coding::kDeflate}, deflated("text", kZlib) + "m")[0] == '<');
  CHECK(decode({Coding::kDeflate}, deflated("text", kRaw) + "m")[0] == '<');
  CHECK(decode({Coding::kBrotli}, brotlied("text") + "m")[0] == '<');
}

TEST_CASE("content that is not coded as it says is an error") {
  for (const Coding coding : {Coding::kGzip, Coding::kDeflate, Coding::kBrotli})
    CHECK(decode({coding}, "{\"plain\": \"text, not coded at all\"}")[0] == '<');
  std::string broken = gzipped(text_of(1000));
  broken[broken.size() / 2] = static_cast<char>(broken[broken.size() / 2] ^ 0x55);
  CHECK(decode({Coding::kGzip}, broken)[0] == '<');
}

TEST_CASE("a bomb ends at its ratio, and little is made of it before") {
  const std::string zeros(10u << 20, '\0');
  for (const auto& [coding, coded] :
       std::vector<std::pair<Coding, std::string>>{{Coding::kGzip, gzipped(zeros)},
                                                   {Coding::kDeflate, deflated(zeros, kZlib)},
                                                   {Coding::kBrotli, brotlied(zeros)}}) {
    ContentDecoder decoder({&coding, 1});
    decoder.give(coded);
    std::string out;
    Result<bool> taken = true;
    while (taken && *taken) taken = decoder.take(out);
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == ErrorCode::kLimit);
    CHECK(out.size() <=
          std::max<std::size_t>(kDecodedFree, kDecodedRatio * coded.size()) + kDecodedPiece);
  }
  CHECK(decode({Coding::kGzip, Coding::kGzip}, gzipped(gzipped(zeros)))[0] == '<');
}

TEST_CASE("the first bytes may have any ratio") {
  const std::string page(kDecodedFree, 'x');
  CHECK(decode({Coding::kGzip}, gzipped(page)) == page);
  CHECK(decode({Coding::kBrotli}, brotlied(page)) == page);
  CHECK(decode({Coding::kGzip}, gzipped(page + "x"))[0] == '<');
}

TEST_CASE("beyond the large size an ordinary ratio goes on and a high one does not") {
  // Blocks of 64 bytes of noise and `same` equal ones.
  const auto made_of = [](std::size_t same) {
    std::string block = text_of(1u << 20);
    std::string out;
    out.reserve(kDecodedLarge + (8u << 20));
    for (std::size_t at = 0; out.size() < kDecodedLarge + (4u << 20); at += 64) {
      if (at + 64 > block.size()) at = 0;
      out.append(block, at, 64).append(same, 'x');
    }
    return out;
  };
  const std::string ordinary = made_of(100);
  CHECK(decode({Coding::kGzip}, gzipped(ordinary)) == ordinary);
  const std::string dense = made_of(2500);
  const std::string coded = gzipped(dense);
  REQUIRE(dense.size() / coded.size() > kDecodedLargeRatio);
  REQUIRE(dense.size() / coded.size() < kDecodedRatio);
  CHECK(decode({Coding::kGzip}, coded, 65'536)[0] == '<');
}

TEST_CASE("Content-Encoding is read as a list without identity") {
  const auto of = [](std::vector<std::string> lines) {
    Fields fields;
    for (std::string& line : lines) fields.add("Content-Encoding", std::move(line));
    return read_codings(fields);
  };
  CHECK(of({})->empty());
  CHECK(of({""})->empty());
  CHECK(of({"identity"})->empty());
  CHECK(of({"GZIP"}) == std::vector{Coding::kGzip});
  CHECK(of({"x-gzip, identity"}) == std::vector{Coding::kGzip});
  CHECK(of({"deflate", "br"}) == std::vector{Coding::kDeflate, Coding::kBrotli});
  CHECK_FALSE(of({"gzip, gzip, gzip"}));
  CHECK_FALSE(of({"zstd"}));
  CHECK_FALSE(of({"gzip, compress"}));
  CHECK_FALSE(of({"gzip;q=1"}));
}

}  // namespace sallyport::http
