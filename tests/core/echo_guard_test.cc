// The secret-echo guard: a secret is overwritten in every form, wherever the text is cut, and
// nothing else is.
#include "core/secrets/echo_guard.h"

#include <openssl/evp.h>

#include <catch2/catch.hpp>

namespace sallyport::secrets {
namespace {

const std::string kSecret = "k3y with/\"odd\" <chars>&\xC3\xA9~";

std::string base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                  reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  out.pop_back();
  return out;
}

std::string base64url(std::string text) {
  text = base64(text);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  std::erase(text, '=');
  return text;
}

std::string printed(const std::string& text, const char* format) {
  std::string out;
  for (const char c : text) {
    std::array<char, 16> unit{};
    std::snprintf(unit.data(), unit.size(), format, static_cast<unsigned>(c) & 0xFF);
    out += unit.data();
  }
  return out;
}

// The same however it is cut: in two at every place, and byte by byte.
std::string guarded(const std::string& secret, const std::string& text) {
  const auto guard = make_echo_guard(secret);
  REQUIRE(guard);
  const std::string whole = guard->apply(text);
  CHECK(whole.size() == text.size());
  const auto stream = guard->open(TextFormat::kPlain);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    std::string out;
    stream->feed(std::string_view(text).substr(0, cut), out);
    stream->feed(std::string_view(text).substr(cut), out);
    stream->finish(out);
    if (out != whole) FAIL_CHECK("cut at " << cut << ": " << out << " is not " << whole);
  }
  std::string out;
  for (const char c : text) stream->feed({&c, 1}, out);
  stream->finish(out);
  CHECK(out == whole);
  return whole;
}

std::string stars(const std::string& form) { return std::string(form.size(), '*'); }

TEST_CASE("A secret is overwritten in every form it is given back in") {
  const auto form =
      GENERATE(std::string(kSecret), printed(kSecret, "%%%02x"), printed(kSecret, "%%%02X"),
               printed(kSecret, "%02x"), printed(kSecret, "%02X"), printed(kSecret, "\\u%04x"),
               printed(kSecret, "\\x%02x"), printed(kSecret, "&#x%x;"), printed(kSecret, "&#%u;"),
               std::string("k3y+with%2F%22odd%22%20%3cchars%3E%26%C3%A9~"),
               std::string("k3y with\\/\\\"odd\\\" \\u003cchars>\\u0026\\u00e9~"),
               std::string("k3y with/\\u0022odd\" <chars\\u003E&\\u00E9\\u007e"),
               std::string("k3y with/&quot;odd&quot; &lt;chars&gt;&amp;\xC3\xA9~"),
               std::string("k3y with/&#34;odd&#x22; &lt;chars&gt;&amp;&#233;~"));
  INFO(form);
  CHECK(guarded(kSecret, form) == stars(form));
  CHECK(guarded(kSecret, "{\"token\": \"" + form + "\"}\r\n") ==
        "{\"token\": \"" + stars(form) + "\"}\r\n");
  CHECK(guarded(kSecret, "a=" + form + "&b=" + form + "&") ==
        "a=" + stars(form) + "&b=" + stars(form) + "&");
  CHECK(guarded(kSecret, form + form.substr(0, form.size() - 1)) ==
        stars(form) + form.substr(0, form.size() - 1));
}

TEST_CASE("A secret inside of what is encoded in base64 is overwritten at every alignment") {
  for (std::size_t before = 0; before < 7; ++before) {
    for (std::size_t after = 0; after < 4; ++after) {
      const std::string text = std::string(before, 'u') + kSecret + std::string(after, '?');
      for (const std::string& encoded : {base64(text), base64url(text)}) {
        INFO(encoded);
        const std::string out = guarded(kSecret, "Basic " + encoded + " end");
        // Characters that hold no bit of the secret stay.
        const std::size_t first = 8 * before / 6;
        const std::size_t end = (8 * (before + kSecret.size()) + 5) / 6;
        CHECK(out == "Basic " + encoded.substr(0, first) + std::string(end - first, '*') +
                         encoded.substr(end) + " end");
      }
    }
  }
}

TEST_CASE("Base64 may be wrapped over lines and escaped") {
  const std::string encoded = base64("user:" + kSecret + kSecret);
  const std::string start = base64("user:").substr(0, 6);
  for (const std::string gap : {"\n", "\r\n", "\\n", "\\r\\n"}) {
    std::string wrapped;
    for (std::size_t i = 0; i < encoded.size(); i += 10) wrapped += encoded.substr(i, 10) + gap;
    const std::string out = guarded(kSecret, wrapped);
    INFO(out);
    CHECK(out.find_first_not_of("*\r\n", 6) >= out.rfind('*'));
    CHECK(out.starts_with(start));
  }
  std::string escaped = base64(std::string("\xFB\xEF\xBE") + "\xFF\xFF\xFE secret");
  const std::string secret = std::string("\xFB\xEF\xBE") + "\xFF\xFF\xFE secret";
  CHECK(guarded(secret, "a=%2B%2B%2b%2B%2f%2F%2F+" + escaped.substr(8)).substr(0, 20) ==
        "a=" + std::string(18, '*'));
}

TEST_CASE("What is no secret stays as it is") {
  CHECK(guarded("sesame-open", "sesame-ope") == "sesame-ope");
  CHECK(guarded("sesame-open", "sesame%2dopeN %") == "sesame%2dopeN %");
  CHECK(guarded("sesame-open", "sesame-\\u006") == "sesame-\\u006");
  CHECK(guarded("sesame-open", "sesame-sesame-open") == "sesame-***********");
  CHECK(guarded("aaaaab", "aaaaaaaaab") == "aaaa******");
  CHECK(guarded("100%25&+", "100%25&+ 100%&+") == "******** 100%&+");
  CHECK(guarded("100%25&+", "100%2525%26%2B") == "**************");
  CHECK(guarded("100%25&+", "100%%325&amp;+") == "**************");
  CHECK(guarded("sesame-open", "") == "");
  CHECK(guarded("abcd", "abcabcdd abc\\u0064") == "abc****d *********");
}

TEST_CASE("A secret of several lines is guarded by line, but for what everybody knows") {
  const std::string key =
      "-----BEGIN PRIVATE "
      "KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v\nshort\nVpguRK9JLsLMREScVpezJpGXA7rA"
      "\n-----END PRIVATE KEY-----";
  CHECK(guarded(key, "  VpguRK9JLsLMREScVpezJpGXA7rA\n  short") ==
        "  ****************************\n  short");
  CHECK(guarded(key, "-----BEGIN PRIVATE KEY-----\nx") == "-----BEGIN PRIVATE KEY-----\nx");
  std::string json = key;
  for (std::size_t at = 0; (at = json.find('\n', at)) != json.npos;) json.replace(at, 1, "\\n");
  CHECK(guarded(key, "\"" + json + "\"") == "\"" + stars(json) + "\"");
}

TEST_CASE("Only what may become a secret is held back") {
  const auto guard = make_echo_guard("sesame-open");
  const auto stream = guard->open(TextFormat::kJson);
  std::string out;
  stream->feed("nothing to see here, sesa", out);
  CHECK(out == "nothing to see here, ");
  stream->feed("me is a seed: %73%6", out);
  CHECK(out == "nothing to see here, sesame is a seed: ");
  stream->feed("9 ", out);
  CHECK(out == "nothing to see here, sesame is a seed: %73%69 ");
  stream->feed("sesame-open!", out);
  CHECK(out.ends_with(" ***********!"));
  CHECK(stream->masked() == 1);
}

TEST_CASE("Several secrets are guarded at once, and one that is too short is not") {
  const std::array<std::string_view, 3> secrets = {"first-token", "it", "token-second"};
  CHECK(make_echo_guard(secrets)->apply("it: first-token-second token-secon") ==
        "it: ****************** token-secon");
  CHECK_FALSE(make_echo_guard("abc"));
  CHECK_FALSE(is_guarded("abc"));
  CHECK(is_guarded("abcd"));
}

}  // namespace
}  // namespace sallyport::secrets
