// What each detector counts as a hit, kind by kind (docs/masking.md). All values are made up.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/mask/cases.h"

using namespace sallyport::mask;
using namespace sallyport::mask::testing;

namespace {

// "CREDIT_CARD 4111111111111111|US_SSN 219-09-9999", of one detector or of all.
std::string found(const std::string& text, DetectorSet detectors) {
  Settings settings;
  settings.detectors = detectors;
  const Masker masker = make_masker(std::move(settings));
  std::vector<Entity> hits;
  masker.mask(text, &hits);
  std::string out;
  for (const Entity& hit : hits)
    out += fmt::format("{}{}", out.empty() ? "" : "|", text.substr(hit.start, hit.end - hit.start));
  return out;
}

struct Expected {
  std::string text;
  std::string found;
};

void check(Detector detector, const std::vector<Expected>& cases) {
  DetectorSet set;
  set.add(detector);
  for (const Expected& item : cases) {
    INFO(item.text);
    CHECK(found(item.text, set) == item.found);
    // Wherever it stands in a window.
    for (std::size_t shift : {1u, 7u, 31u, 39u, 63u}) {
      const std::string padded = std::string(shift, '\n') + item.text;
      CHECK(found(padded, set) == item.found);
    }
  }
}

}  // namespace

TEST_CASE("cards: Luhn, issuer, groups, and what stands beside them") {
  check(Detector::kCard, {
                             {"4111111111111111", "4111111111111111"},
                             {"4111 1111 1111 1111", "4111 1111 1111 1111"},
                             {"4111-1111-1111-1111.", "4111-1111-1111-1111"},
                             {"3782-822463-10005", "3782-822463-10005"},
                             {"3056 930902 5904", "3056 930902 5904"},
                             {"4222222222222", "4222222222222"},
                             {"41 11 11 11 11 11 11 11", "41 11 11 11 11 11 11 11"},
                             {"card4111111111111111x", "4111111111111111"},
                             {R"({"n":"\u00204111111111111111"})", "4111111111111111"},
                             {R"(a\n4111111111111111\n)", "4111111111111111"},
                             {"q=%204111111111111111&", "4111111111111111"},
                             {"4012888888881881 4012-8888-8888-1881 4012 8888 8888 1881",
                              "4012888888881881|4012-8888-8888-1881|4012 8888 8888 1881"},
                             {"4111 1111 1111 1111 12/29", "4111 1111 1111 1111"},
                             {"4111111111111112", ""},
                             {"1111111111111117", ""},
                             {"14111111111111111", ""},
                             {"41111111111111111", ""},
                             {"4111111111111111.5", ""},
                             {"7.4111111111111111", ""},
                             {"4111  1111 1111 1111", ""},
                             {"4111_1111_1111_1111", ""},
                             {"4111 1111\n1111 1111", ""},
                             {"00000000-4111-1111-1111-1111abcdefab", ""},
                             {"0a4111111111111111aaaaaaaaaaaaaa", ""},
                             {"2026-11-23 18:54:29.123456", ""},
                             {"١٢٣٤", ""},
                         });
}

TEST_CASE("SSNs: areas, one separator, and bare digits behind a word") {
  check(Detector::kSsn, {
                            {"219-09-9998", "219-09-9998"},
                            {"219 09 9998", "219 09 9998"},
                            {"SSN:219-09-9998.", "219-09-9998"},
                            {"ssn 219099998", "219099998"},
                            {"userSsn=219099998", "219099998"},
                            {"Social Security no. 219099998", "219099998"},
                            {R"({"social_security":"219099998"})", "219099998"},
                            {R"(\n219-09-9998\n)", "219-09-9998"},
                            {"219-09 9998", ""},
                            {"000-12-3456", ""},
                            {"666-12-3456", ""},
                            {"900-55-1234", ""},
                            {"219-00-9998", ""},
                            {"219-09-0000", ""},
                            {"219099998", ""},
                            {"className 219099998", ""},
                            {"ssn, as was said some time before: 219099998", ""},
                            {"1219-09-9998", ""},
                            {"219-09-99981", ""},
                            {"12-219-09-9998", ""},
                            {"219-09-9998-x", ""},
                            {"219.09.9998", ""},
                        });
}

TEST_CASE("e-mail addresses: what belongs to them and what only looks like one") {
  check(Detector::kEmail,
        {
            {"<bob@example.com>", "bob@example.com"},
            {"mailto:Bob.O'Neil+x@mail.example.co.uk.", "Bob.O'Neil+x@mail.example.co.uk"},
            {"email=bob@example.com&x=1", "bob@example.com"},
            {"'bob@example.com'", "bob@example.com"},
            {R"("\nbob@example.com\n")", "bob@example.com"},
            {"%20bob@example.com", "bob@example.com"},
            {"josé@example.com", "josé@example.com"},
            {"иван@пример.рф", "иван@пример.рф"},
            {"bob@xn--80ak6aa92e.xn--p1ai", "bob@xn--80ak6aa92e.xn--p1ai"},
            {"bob@example.com-", "bob@example.com"},
            {"邮箱bob@example.com", "bob@example.com"},
            {"a@b.io,c@d.io", "a@b.io|c@d.io"},
            {"bob@localhost", ""},
            {"bob@example.c", ""},
            {"bob@10.0.0.1", ""},
            {"@scope/name@1.2.3", ""},
            {"foo@1.2.3-beta.rc", ""},
            {"git@github.com:o/r.git", ""},
            {"https://user:secret@host.example.com/", ""},
            {"icon@2x.png", ""},
            {"bob@.com", ""},
            {"bob@@example.com", ""},
            {"bob@example.c0m", ""},
        });
}

TEST_CASE("telephone numbers: international and North American, not ids and ranges") {
  check(Detector::kPhone, {
                              {"+442079460958", "+442079460958"},
                              {"+44 (20) 7946 0958", "+44 (20) 7946 0958"},
                              {"+1.415.555.0132 x12", "+1.415.555.0132"},
                              {"+442079460958 2026-01-01", "+442079460958"},
                              {"+1 415 555 0132 2026", "+1 415 555 0132"},
                              {"(415) 555-0132", "(415) 555-0132"},
                              {"(415)555-0132", "(415)555-0132"},
                              {"1-800-555-0199", "1-800-555-0199"},
                              {"415 555 0132", "415 555 0132"},
                              {"20241 440-600-5124", "440-600-5124"},
                              {R"("\n+14155550132")", "+14155550132"},
                              {"4155550132", ""},
                              {"115-555-0132", ""},
                              {"415-055-0132", ""},
                              {"415-555-01321", ""},
                              {"415--555-0132", ""},
                              {"91-415-555-0132", ""},
                              {"1+14155550132", ""},
                              {"+0123456789", ""},
                              {"+999123456789", ""},
                              {"+1234567", ""},
                              {"+1234567890123456", ""},
                              {"2026-11-23T10:00:00+01:00", ""},
                              {"20241 440 600 5124", ""},
                          });
}

TEST_CASE("IBANs: country, length, check digits, groups") {
  check(Detector::kIban,
        {
            {"DE89370400440532013000", "DE89370400440532013000"},
            {"DE89 3704 0044 0532 0130 00 X", "DE89 3704 0044 0532 0130 00"},
            {"de89370400440532013000", "de89370400440532013000"},
            {"NO93 8601 1117 947", "NO93 8601 1117 947"},
            {"AL47-2121-1009-0000-0002-3569-8741", "AL47-2121-1009-0000-0002-3569-8741"},
            {R"(\nDE89370400440532013000)", "DE89370400440532013000"},
            {"De89370400440532013000", ""},
            {"DE89370400440532013001", ""},
            {"DE8937040044053201300", ""},
            {"DE893704004405320130001", ""},
            {"XX89370400440532013000", ""},
            {"ADE89370400440532013000", ""},
            {"DE89 3704 0044 05320130 00", ""},
            {"DE89 3704-0044 0532 0130 00", ""},
        });
}

TEST_CASE("tokens: shapes, boundaries and placeholders") {
  const std::string alnum36 = "a1B2c3D4e5F6g7H8i9J0a1B2c3D4e5F6g7H8";
  check(Detector::kGithubToken,
        {
            {"ghp_" + alnum36, "ghp_" + alnum36},
            {"x:ghs_" + alnum36 + "@github.com", "ghs_" + alnum36},
            {"ghx_" + alnum36, ""},
            {"xghp_" + alnum36, ""},
            {"ghp_" + alnum36 + "1", ""},
            {"ghp_" + std::string(36, 'x'), ""},
            {"github_pat_" + alnum36.substr(0, 22) + "_" + alnum36 + alnum36.substr(0, 23),
             "github_pat_" + alnum36.substr(0, 22) + "_" + alnum36 + alnum36.substr(0, 23)},
            {"github_pat_" + alnum36.substr(0, 21) + "_" + alnum36 + alnum36.substr(0, 23), ""},
        });
  check(Detector::kAwsKey, {
                               {"AKIA2222333344445555", "AKIA2222333344445555"},
                               {R"(\nASIA2222333344445555)", "ASIA2222333344445555"},
                               {"AKIA22223333444455556", ""},
                               {"XAKIA2222333344445555", ""},
                               {"AKIA2222333344441555", ""},
                               {"akia2222333344445555", ""},
                           });
  const std::string secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYabcdefghij";
  check(Detector::kAwsSecret, {
                                  {"aws_secret_access_key = " + secret, secret},
                                  {"<SecretAccessKey>" + secret + "</SecretAccessKey>", secret},
                                  {R"({\"secretKey\":\")" + secret + R"(\"})", secret},
                                  {"aws configure set aws_secret_access_key " + secret, secret},
                                  {"AWS Secret Access Key [None]: " + secret, secret},
                                  {"digest = " + secret, ""},
                                  {"secret_key = " + secret + "x", ""},
                                  {"secret_key_id = " + secret, ""},
                                  {"secret_key = " + secret.substr(1), ""},
                              });
  check(Detector::kSlackToken,
        {
            {"xoxb-123456789012-123456789012-" + alnum36.substr(0, 24),
             "xoxb-123456789012-123456789012-" + alnum36.substr(0, 24)},
            {"xapp-1-A0123456789-1234567890123-" + alnum36,
             "xapp-1-A0123456789-1234567890123-" + alnum36},
            {"https://hooks.slack.com/services/T0DCUJB1Q/B0DD08H5G/" + alnum36.substr(0, 24) + "?",
             "hooks.slack.com/services/T0DCUJB1Q/B0DD08H5G/" + alnum36.substr(0, 24)},
            {"xoxb-123456789012-123456789012-" + std::string(24, 'x'), ""},
            {"xoxb-1234-1234-" + alnum36, ""},
            {"xoxo-hugs-and-kisses", ""},
            {"https://hooks.slack.com/services/", ""},
        });
}

TEST_CASE("JWTs: the header decides") {
  const std::string header = "eyJhbGciOiJIUzI1NiJ9";      // {"alg":"HS256"}
  const std::string spaced = "eyAiYWxnIjogIkhTMjU2IiB9";  // { "alg": "HS256" }
  const std::string none = "eyJhbGciOiJub25lIn0";
  const std::string encrypted = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0";
  check(Detector::kJwt, {
                            {"Bearer " + header + ".e30.c2ln", header + ".e30.c2ln"},
                            {header + ".e30.c2ln.", header + ".e30.c2ln"},
                            {spaced + ".e30.c2ln", spaced + ".e30.c2ln"},
                            {R"("\n)" + header + ".e30.c2ln", header + ".e30.c2ln"},
                            {"Bearer%20" + header + ".e30.c2ln", header + ".e30.c2ln"},
                            {none + ".e30.", none + ".e30."},
                            {encrypted + ".a.b.c.d", encrypted + ".a.b.c.d"},
                            {header + ".e30.", ""},
                            {header + ".e30", ""},
                            {header + "..c2ln", ""},
                            {"x" + header + ".e30.c2ln", ""},
                            {"eyJ0eXAiOiJKV1QifQ.e30.c2ln", ""},
                            {"eyJhbGciOiJIUzI1NiI.e30.c2ln", ""},
                        });
}

TEST_CASE("private keys: whole blocks, line ends of any kind, and blocks that are cut off") {
  const std::string line(64, 'A');
  auto block = [&](const std::string& kind, const std::string& end) {
    return "-----BEGIN " + kind + "-----" + end + line + end + line + end + "-----END " + kind +
           "-----";
  };
  const std::string cut = "-----BEGIN PRIVATE KEY-----\n" + line + "\n" + line;
  check(Detector::kPrivateKey,
        {
            {block("PRIVATE KEY", "\n"), block("PRIVATE KEY", "\n")},
            {block("RSA PRIVATE KEY", "\r\n") + "\n", block("RSA PRIVATE KEY", "\r\n")},
            {"\"" + block("OPENSSH PRIVATE KEY", R"(\n)") + R"(\n")",
             block("OPENSSH PRIVATE KEY", R"(\n)")},
            {block("PGP PRIVATE KEY BLOCK", "\n"), block("PGP PRIVATE KEY BLOCK", "\n")},
            {cut + "\"", cut},
            {block("PUBLIC KEY", "\n"), ""},
            {"-----BEGIN PRIVATE KEY-----\nanything\n-----END PRIVATE KEY-----", ""},
            {"grep -e '-----BEGIN PRIVATE KEY-----' file", ""},
        });
}

TEST_CASE("IPv4: addresses, not versions, OIDs and sections") {
  check(Detector::kIpv4, {
                             {"10.0.0.1", "10.0.0.1"},
                             {"10.0.0.1.", "10.0.0.1"},
                             {"::ffff:10.0.0.1", "10.0.0.1"},
                             {"pkg@10.0.0.1", ""},
                             {"10.0.0.1-10.0.0.9/32", "10.0.0.1|10.0.0.9"},
                             {"/hosts/10.0.0.1/", "10.0.0.1"},
                             {R"("\n10.0.0.1\n")", "10.0.0.1"},
                             {"10.0.0.256", ""},
                             {"10.0.0.01", ""},
                             {"10.0.0.1.2", ""},
                             {".10.0.0.1", ""},
                             {"v10.0.0.1", ""},
                             {R"({"app_version":"10.0.0.1"})", ""},
                             {R"("{\"version\": \"10.0.0.1\"}")", ""},
                             {"Release 10.0.0.1", ""},
                             {"§ 1.2.3.4", ""},
                             {"section 1.2.3.4", ""},
                             {"Chrome/120.0.0.0 Safari", ""},
                             {"nginx-1.2.3.4.tar.gz", ""},
                             {"1.2.3.4+build7", ""},
                             {"1.2.3.4rc1", ""},
                         });
}

TEST_CASE("where two detectors claim the same bytes, all of them are masked") {
  const DetectorSet all = DetectorSet::all();
  CHECK(found("415-555-0132@sms.example.com", all) == "415-555-0132@sms.example.com");
  CHECK(found("GB83 JBTJ 6261 6542 5319 37", all) == "GB83 JBTJ 6261 6542 5319 37");
  std::vector<Entity> hits{{1, 4, 9}, {0, 0, 6}, {2, 4, 6}, {3, 20, 21}};
  resolve(hits, 2);
  CHECK(hits == std::vector<Entity>{{0, 2, 6}, {1, 6, 9}, {3, 20, 21}});
}
