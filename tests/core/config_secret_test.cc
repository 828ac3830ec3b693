#include <cstdlib>

#include "core/config/secret.h"
#include "temp_dir.h"

namespace sallyport::config {
namespace {

struct Outcome {
  std::optional<SecretReference> reference;
  std::string problem;
};

Outcome read(const std::string& value, const std::string& directory) {
  Problems problems;
  const std::optional<Node> root = Document::parse("\"" + value + "\"", "x.yaml", problems);
  REQUIRE(root);
  Outcome outcome;
  outcome.reference = SecretReference::read(*root, directory, problems);
  if (!problems.empty()) outcome.problem = problems.list().front().message;
  CHECK(outcome.reference.has_value() == problems.empty());
  return outcome;
}

TEST_CASE("A secret is read from a private file, without the newline at its end") {
  const TempDir dir;
  dir.write("token", "s3cret\n");
  const Outcome outcome = read("file:token", dir.path());
  REQUIRE(outcome.reference);
  CHECK(outcome.reference->name() == "file:" + dir.file("token"));
  const Result<SecretBytes> bytes = outcome.reference->resolve();
  REQUIRE(bytes);
  CHECK(bytes->view() == "s3cret");
}

TEST_CASE("A literal prefix that ends in a space stands before the secret") {
  const TempDir dir;
  dir.write("a token", "abc");
  const Outcome outcome = read("Bearer file:a token", dir.path());
  REQUIRE(outcome.reference);
  CHECK(outcome.reference->resolve()->view() == "Bearer abc");
  CHECK(outcome.reference->name() == "file:" + dir.file("a token"));
}

TEST_CASE("A secret comes from the environment") {
  ::setenv("SALLYPORT_TEST_SECRET", "from-env", 1);
  const Outcome outcome = read("env:SALLYPORT_TEST_SECRET", "/");
  REQUIRE(outcome.reference);
  CHECK(outcome.reference->resolve()->view() == "from-env");
  ::unsetenv("SALLYPORT_TEST_SECRET");
  CHECK(read("env:SALLYPORT_TEST_SECRET", "/").problem.find("is not set") != std::string::npos);
  CHECK_FALSE(outcome.reference->resolve());
  CHECK_FALSE(read("env:", "/").reference);
  CHECK_FALSE(read("env:NOT-A-NAME", "/").reference);
}

TEST_CASE("A literal secret is a problem that names the three ways out and not the secret") {
  for (const char* value : {"hunter2", "Bearer hunter2", "xfile:hunter2", "vault:hunter2", ""}) {
    const std::string problem = read(value, "/").problem;
    CAPTURE(value, problem);
    CHECK(problem.find("secret:NAME") != std::string::npos);
    CHECK(problem.find("env:NAME") != std::string::npos);
    CHECK(problem.find("file:PATH") != std::string::npos);
    CHECK(problem.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("Sealed secrets are refused as not yet supported") {
  CHECK(read("secret:crm", "/").problem.find("not yet supported") == 0);
  CHECK(read("Bearer secret:crm", "/").problem.find("not yet supported") == 0);
}

TEST_CASE("A secret file that others can read is refused") {
  const TempDir dir;
  for (const mode_t mode : {0604u, 0640u, 0620u, 0601u}) {
    dir.write("token", "abc", mode);
    CHECK(read("file:token", dir.path()).problem.find("can be read by others") !=
          std::string::npos);
  }
  dir.write("token", "abc", 0400);
  CHECK(read("file:token", dir.path()).reference);
}

TEST_CASE("A secret file that is missing, empty, too large or no file is refused") {
  const TempDir dir;
  CHECK(read("file:none", dir.path()).problem.find("No such file") != std::string::npos);
  CHECK(read("file:.", dir.path()).problem.find("not a regular file") != std::string::npos);
  CHECK_FALSE(read("file:", dir.path()).reference);
  dir.write("empty", "\n");
  CHECK(read("file:empty", dir.path()).problem.find("is empty") != std::string::npos);
  dir.write("limit", std::string(64 * 1024, 'x'));
  CHECK(read("file:limit", dir.path()).reference);
  dir.write("large", std::string(64 * 1024 + 1, 'x'));
  CHECK(read("file:large", dir.path()).problem.find("larger than") != std::string::npos);
  REQUIRE(::mkfifo(dir.file("fifo").c_str(), 0600) == 0);
  CHECK(read("file:fifo", dir.path()).problem.find("not a regular file") != std::string::npos);
}

TEST_CASE("Secret bytes leave nothing behind when they are moved") {
  SecretBytes from{std::string("short")};
  const SecretBytes to(std::move(from));
  CHECK(to.view() == "short");
  CHECK(from.view().empty());  // NOLINT(bugprone-use-after-move): what a move leaves is the point.
}

}  // namespace
}  // namespace sallyport::config
