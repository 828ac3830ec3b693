// A stream gives what the whole text gives, holds back no more than it says, and when a limit is
// passed it masks.
#include "policy/mask/stream.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <random>

#include "policy/mask/limits.h"
#include "tests/mask/cases.h"

using namespace sallyport::mask;
using namespace sallyport::mask::testing;

namespace {

const std::string kHeader = "eyJhbGciOiJIUzI1NiJ9";

// Pieces that hits are made of, in a random order: most of what comes out is nearly a hit.
std::string shuffled(unsigned seed, std::size_t count) {
  static const std::vector<std::string> kPieces{"4111",
                                                "1111",
                                                " ",
                                                "-",
                                                "4111111111111111",
                                                "219-09-9998",
                                                "219099998",
                                                "ssn",
                                                "bob",
                                                "@",
                                                "example",
                                                ".com",
                                                ".",
                                                "+1",
                                                "415",
                                                "555",
                                                "0132",
                                                "(",
                                                ")",
                                                "DE89",
                                                "3704 0044 0532 ",
                                                "0130 00",
                                                "DE89370400440532013000",
                                                "AKIA2222333344445555",
                                                kHeader,
                                                ".e30",
                                                ".c2ln",
                                                "-----BEGIN ",
                                                "PRIVATE KEY-----",
                                                "\n",
                                                std::string(64, 'A'),
                                                "-----END PRIVATE KEY-----",
                                                "secret_key=",
                                                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYabcdefghij",
                                                "10.0.0.1",
                                                "version ",
                                                "\\n",
                                                "\\u0020",
                                                "%20",
                                                "\"",
                                                "é",
                                                "邮",
                                                "xoxb-",
                                                "123456789012",
                                                "hooks.slack.com/services/",
                                                "T0DCUJB1Q/",
                                                "B0DD08H5G/",
                                                "ghp_",
                                                "a1B2c3D4e5F6g7H8i9J0a1B2c3D4e5F6g7H8",
                                                "badge B-123456 ",
                                                "_",
                                                ","};
  std::mt19937 random(seed);
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += kPieces[random() % kPieces.size()];
  return out;
}

Masker with_patterns() {
  Settings settings;
  settings.patterns = {{"badge", "\\bB-[0-9]{6}\\b"}, {"start", "^bob.*1"}};
  return make_masker(std::move(settings));
}

void check_every_cut(const Masker& masker, const std::string& text) {
  std::vector<Entity> hits;
  const std::string whole = masker.mask(text, &hits);
  for (std::size_t length : {1u, 2u, 3u, 7u, 16u, 61u, 500u}) {
    const Streamed streamed = stream(masker, text, length);
    CAPTURE(length, text);
    REQUIRE(streamed.out == whole);
    REQUIRE(streamed.hits == hits);
  }
}

}  // namespace

TEST_CASE("a stream gives what the whole text gives, however it is cut") {
  const Masker masker = make_masker();
  for (unsigned seed = 0; seed < 300; ++seed) check_every_cut(masker, shuffled(seed, 40));
  for (unsigned seed = 0; seed < 10; ++seed) check_every_cut(masker, shuffled(seed, 800));
}

TEST_CASE("the same with patterns, in short lines and in long ones") {
  const Masker masker = with_patterns();
  for (unsigned seed = 0; seed < 100; ++seed) check_every_cut(masker, shuffled(seed, 40));
  std::string line;
  for (unsigned seed = 0; seed < 20; ++seed) line += shuffled(seed, 100);
  std::erase(line, '\n');
  REQUIRE(line.size() > 2 * kWindowBytes);
  check_every_cut(masker, line);
}

TEST_CASE("every stream masks alike whatever the processor has") {
  std::vector<Classifier> classifiers{classify_scalar};
  if (sse2_classifier() != nullptr) classifiers.push_back(sse2_classifier());
  if (avx2_classifier() != nullptr) classifiers.push_back(avx2_classifier());
  const std::string text = shuffled(7, 3'000);
  std::vector<std::string> masked;
  for (Classifier classifier : classifiers) {
    Settings settings;
    settings.classifier = classifier;
    masked.push_back(make_masker(std::move(settings)).mask(text));
  }
  for (const std::string& other : masked) CHECK(other == masked.front());
}

TEST_CASE("classifiers give the same bits for every byte") {
  std::string bytes;
  std::mt19937 random(1);
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  for (int i = 0; i < 4'000; ++i) bytes.push_back(static_cast<char>(random() & 0xFF));
  const std::size_t count = (bytes.size() - kWindow) / kOwn;
  std::vector<Classes> expected(count);
  classify_scalar(bytes.data(), count, expected.data());
  for (Classifier classifier : {sse2_classifier(), avx2_classifier()}) {
    if (classifier == nullptr) continue;
    std::vector<Classes> out(count);
    classifier(bytes.data(), count, out.data());
    CHECK(out == expected);
  }
}

TEST_CASE("clean text is released at once, but for what may be the beginning of a hit") {
  const Masker masker = make_masker();
  StreamMasker stream(masker);
  std::string out;
  stream.feed("a line of text,\nand more; ", out);
  CHECK(out == "a line of text,\nand more; ");
  stream.feed("bob", out);
  stream.feed("\n", out);
  CHECK(out == "a line of text,\nand more; bob\n");
  stream.feed(std::string(10'000, 'a'), out);
  CHECK(stream.settled() >= 30 + 10'000 - kTailBytes - 1);
  stream.finish(out);
  CHECK(out.ends_with("aaa"));
}

TEST_CASE("a token that exceeds its limit is masked to its end") {
  const Masker masker = make_masker();
  for (std::size_t size : {kJwtBytes - 100, kJwtBytes, 3 * kJwtBytes}) {
    const std::string token = kHeader + "." + std::string(size, 'x') + ".sig";
    const std::string text = "a " + token + " b";
    CHECK(masker.mask(text) == "a **** b");
    for (std::size_t length : {997u, 5'000u}) CHECK(stream(masker, text, length).out == "a **** b");
  }
  // Without the rest of its parts, too: nobody can wait for them.
  const std::string endless = kHeader + "." + std::string(2 * kJwtBytes, 'x');
  CHECK(masker.mask(endless) == "****");
  CHECK(stream(masker, endless, 1'000).out == "****");
}

TEST_CASE("a private key block that exceeds its limit is masked as far as it looks like one") {
  const Masker masker = make_masker();
  const std::string line(64, 'A');
  std::string block = "-----BEGIN PRIVATE KEY-----\n";
  while (block.size() < 2 * kPemBytes) block += fmt::format("{}\n", line);
  const std::string text = fmt::format("a {}-----END PRIVATE KEY-----\nb", block);
  const std::string masked = masker.mask(text);
  CHECK(masked.find("AAAA") == std::string::npos);
  CHECK(masked.ends_with("\nb"));
  for (std::size_t length : {997u, 5'000u}) CHECK(stream(masker, text, length).out == masked);
}

TEST_CASE("what is held for a token that stays open has a bound") {
  const Masker masker = make_masker();
  StreamMasker stream(masker);
  std::string out;
  std::size_t given = 0;
  std::size_t most = 0;
  for (const std::string& piece : {kHeader + ".", std::string(100'000, 'x')})
    for (char c : piece) {
      stream.feed(std::string_view(&c, 1), out);
      stream.hits().clear();
      most = std::max(most, ++given - stream.settled());
    }
  CHECK(most <= kJwtBytes + kJwtBytes / 8 + 1);
  CHECK(out == "****");
}

TEST_CASE("text made to be slow is not: tokens within tokens are read once") {
  const Masker masker = make_masker();
  std::string text;
  while (text.size() < 3 * kJwtBytes)
    text += fmt::format("{}.{}.", kHeader, std::string(3'000, 'x'));
  check_every_cut(masker, text);
  std::string long_run;
  while (long_run.size() < 40 * kJwtBytes)
    long_run += fmt::format("{}.{}.", kHeader, std::string(kJwtBytes, 'x'));
  Findings findings;
  masker.scanner().scan(long_run, 0, true, findings);
  CHECK(findings.hits.size() == 1);
}
