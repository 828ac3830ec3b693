// `sallyport mask`: the filter, its lines, and what is wrong with what it is given.
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/tools/temporary_folder.h"
#include "tools/cli/parser.h"
#include "tools/commands/commands.h"

namespace sallyport::cli {
namespace {

struct Run {
  int status;
  std::string out;
  std::string err;
};

Run mask(std::vector<std::string> words, const std::string& input = {}) {
  words.insert(words.begin(), "mask");
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  Io io{in, out, err};
  const int status = run(commands::command_table(), std::move(words), io);
  return {status, out.str(), err.str()};
}

}  // namespace

TEST_CASE("mask is a filter that leaves everything else as it is") {
  CHECK(mask({}, "").status == kDone);
  CHECK(mask({}, "card 4111111111111111\r\nbob@example.com").out == "card ****\r\n****");
  CHECK(mask({"--detect", "email,ssn"}, "4111111111111111 a@b.io").out == "4111111111111111 ****");
  CHECK(mask({"--detect", "none", "--pattern", "b=B-[0-9]+"}, "B-12 a@b.io").out == "**** a@b.io");
  CHECK(mask({"--with", "partial"}, "4111111111111111").out == "****1111");
  const std::string big(200'000, 'x');
  CHECK(mask({}, big).out == big);
  CHECK(mask({}, "a eyJhbGciOiJIUzI1NiJ9." + big + ".sig b").out == "a **** b");
}

TEST_CASE("mask --format reads escapes and writes them again") {
  CHECK(mask({"--format", "json"}, R"({"m":"bob\u0040example.com","c":4111111111111111})").out ==
        R"({"m":"****","c":"****"})");
  CHECK(mask({"--format", "form"}, "m=bob%40example.com&x=%c3").out == "m=****&x=%c3");
  CHECK(mask({"--format", "events"}, "data: {\"c\":4111111111111111}\n\n").out ==
        "data: {\"c\":\"****\"}\n\n");
  CHECK(mask({"--format", "plain"}, "m=bob%40example.com").out == "m=bob%40example.com");
  CHECK(mask({"--format", "xml"}, "x").status == kUsage);
}

TEST_CASE("mask --pointer masks a place in JSON") {
  CHECK(mask({"--format", "json", "--detect", "none", "--pointer", "/*/pay"},
             R"([{"pay":1,"m":"bob@example.com"}])")
            .out == R"([{"pay":"****","m":"bob@example.com"}])");
  CHECK(mask({"--format", "events", "--pointer", "/a", "--with", "partial"},
             "data: {\"a\":12345678}\n\n")
            .out == "data: {\"a\":\"****5678\"}\n\n");
}

TEST_CASE("mask --lines prints what was found in code points, wherever the text is cut") {
  const Run run = mask({"--lines"},
                       "{\"id\":\"a\",\"text\":\"é bob@example.com\",\"cuts\":[1,4,6]}\n\n"
                       "{\"text\":\"clean\"}\n");
  CHECK(run.status == kDone);
  CHECK(run.out ==
        "{\"id\":\"a\",\"text\":\"é "
        "****\",\"entities\":[{\"type\":\"EMAIL\",\"start\":2,\"end\":17}]}\n"
        "{\"id\":null,\"text\":\"clean\",\"entities\":[]}\n");
}

TEST_CASE("mask names the line that it cannot read") {
  auto error = [](const std::string& line) {
    const Run run = mask({"--lines"}, "{\"text\":\"x\"}\n" + line);
    CHECK(run.status == kUsage);
    return run.err;
  };
  CHECK(error("nonsense") == "sallyport: mask: line 2: not a JSON object\n");
  CHECK(error("{\"id\":1}") == "sallyport: mask: line 2: 'text' is missing or not a string\n");
  for (const char* cuts : {"[2,1]", "[9]", "[-1]", "[\"1\"]", "3"})
    CHECK(error(std::string("{\"text\":\"abc\",\"cuts\":") + cuts + "}")
              .find("line 2: 'cuts' is a list") != std::string::npos);
}

TEST_CASE("mask refuses settings that cannot work") {
  auto error = [](std::vector<std::string> words) {
    const Run run = mask(std::move(words), "x");
    CHECK(run.status == kUsage);
    CHECK(run.out.empty());
    return run.err;
  };
  CHECK(error({"--detect", "crad"}).find("there is no detector 'crad'") != std::string::npos);
  CHECK(error({"--with", "hide"}).find("hide") != std::string::npos);
  CHECK(error({"--with", "hash"}).find("--key-file") != std::string::npos);
  CHECK(error({"--key-file", "x"}).find("--with hash") != std::string::npos);
  CHECK(error({"--pointer", "a", "--format", "json"}).find("does not begin with '/'") !=
        std::string::npos);
  CHECK(error({"--pointer", "/a"}).find("needs --format json") != std::string::npos);
  CHECK(error({"--lines", "--format", "json"}).find("--lines reads") != std::string::npos);
  CHECK(error({"--pattern", "x"}).find("NAME=RE2") != std::string::npos);
  CHECK(error({"--pattern", "x=("}).find("is not RE2") != std::string::npos);
  CHECK(error({"--with", "hash", "--key-file", "/nonexistent"}).find("/nonexistent") !=
        std::string::npos);
}

TEST_CASE("mask --with hash gives the same token for the same value and key") {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("key", "0123456789abcdef0123456789abcdef\n", 0600);
  const Run first = mask({"--with", "hash", "--key-file", path}, "bob@example.com");
  CHECK(first.status == kDone);
  CHECK(first.out.starts_with("email_"));
  CHECK(mask({"--with", "hash", "--key-file", path}, "BOB@example.com").out == first.out);
  const std::string open = folder.write("open", "0123456789abcdef", 0644);
  CHECK(mask({"--with", "hash", "--key-file", open}, "x").status == kUsage);
}

}  // namespace sallyport::cli
