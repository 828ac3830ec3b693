#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "core/config/run_command.h"
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

TEST_CASE("A sealed secret is named, and not looked up here") {
  const Outcome outcome = read("Bearer secret:crm.api-1_b", "/");
  REQUIRE(outcome.reference);
  CHECK(outcome.reference->sealed());
  CHECK(outcome.reference->sealed_name() == "crm.api-1_b");
  CHECK(outcome.reference->name() == "secret:crm.api-1_b");
  CHECK(outcome.reference->fetch().error().code == ErrorCode::kUnsupported);
  CHECK(outcome.reference->with_prefix(SecretBytes("abc")).view() == "Bearer abc");
  for (const char* value : {"secret:", "secret:CRM", "secret:a b", "secret:-a", "secret:a/b"})
    CHECK(read(value, "/").problem.find("must be followed by a name") != std::string::npos);
  CHECK(read("secret:sallyport.ssh-ca", "/").problem.find("broker's own") != std::string::npos);
}

TEST_CASE("A secret is what a program prints") {
  const TempDir dir;
  dir.write("print",
            "#!/bin/sh\nprintf '%s|' \"$0\" \"$@\"; env; echo; readlink /proc/self/fd/0\n"
            "ls /proc/self/fd | wc -l; echo noise >&2\n",
            0700);
  const Outcome outcome = read("Bearer exec:" + dir.file("print") + " a  $HOME *", "/");
  REQUIRE(outcome.reference);
  CHECK(outcome.reference->blocks());
  CHECK(outcome.reference->name() == "exec:" + dir.file("print") + " a  $HOME *");
  ::setenv("SALLYPORT_TEST_SECRET", "inherited", 1);
  const auto printed = outcome.reference->resolve();
  ::unsetenv("SALLYPORT_TEST_SECRET");
  REQUIRE(printed);
  const std::string all(printed.value().view());
  CAPTURE(all);
  CHECK(all.starts_with("Bearer " + dir.file("print") + "|a|$HOME|*|"));
  CHECK(all.find("inherited") == std::string::npos);
  CHECK(all.find("|PATH=") != std::string::npos);
  CHECK(all.find("\n/dev/null\n") != std::string::npos);
  CHECK(all.ends_with("\n4"));  // ls has its folder open beside the three
  CHECK(all.find("noise") == std::string::npos);
}

TEST_CASE("A program that cannot be run is a problem, with its path") {
  for (const char* value : {"exec:", "exec: ", "exec:bin/true", "exec:true"})
    CHECK(read(value, "/").problem.find("absolute path") != std::string::npos);
  CHECK(read("exec:/nowhere/prog x", "/").problem.find("/nowhere/prog cannot be run") !=
        std::string::npos);
}

Error run_error(const std::string& script, std::chrono::milliseconds deadline) {
  const TempDir dir;
  dir.write("program", "#!/bin/sh\n" + script, 0700);
  const auto done = run_secret_command({dir.file("program")}, deadline);
  return done ? Error{ErrorCode::kInternal, "it did not fail"} : done.error();
}

TEST_CASE("A program that fails, hangs or prints too much gives no secret") {
  using std::chrono::seconds;
  const seconds kLong(60);
  const Error failed = run_error("echo s3cret; exit 3\n", kLong);
  CHECK(failed.code == ErrorCode::kUnavailable);
  CHECK(failed.detail == "ended with status 3");
  CHECK(run_error("echo s3cret; kill -9 $$\n", kLong).detail == "was ended by signal 9");
  CHECK(run_error("exit 0\n", kLong).code == ErrorCode::kInvalid);
  CHECK(run_error("head -c 70000 /dev/zero\n", kLong).code == ErrorCode::kLimit);
  CHECK(run_error("exec cat /dev/zero\n", kLong).code == ErrorCode::kLimit);
  const std::chrono::milliseconds soon(100);
  CHECK(run_error("echo s3cret; sleep 1000\n", soon).code == ErrorCode::kTimeout);
  CHECK(run_error("echo s3cret; exec >&-; sleep 1000\n", soon).code == ErrorCode::kTimeout);
  CHECK(run_secret_command({"/nowhere/program"}, kLong).error().code == ErrorCode::kNotFound);
}

TEST_CASE("What a program left running does not hold its secret up, and is ended") {
  const TempDir dir;
  dir.write("program", "#!/bin/sh\nsleep 1000 &\necho $! >" + dir.file("pid") + "\necho s3cret\n",
            0700);
  const auto printed = run_secret_command({dir.file("program")}, std::chrono::seconds(60));
  REQUIRE(printed);
  CHECK(printed.value().view() == "s3cret");
  pid_t pid = 0;
  std::ifstream(dir.file("pid")) >> pid;
  REQUIRE(pid > 0);
  // Killed; whoever adopted it may not have reaped it yet.
  std::string state;
  for (int i = 0; i < 10'000 && ::kill(pid, 0) == 0 && state != "Z"; ++i) {
    std::string skip;
    std::ifstream("/proc/" + std::to_string(pid) + "/stat") >> skip >> skip >> state;
    std::this_thread::yield();
  }
  CHECK((::kill(pid, 0) != 0 || state == "Z"));
}

TEST_CASE("A secret is a credential of the service manager") {
  const TempDir dir;
  dir.write("crm", "s3cret\n", 0440);
  ::unsetenv("CREDENTIALS_DIRECTORY");
  CHECK(read("credential:crm", "/").problem.find("LoadCredential=crm:") != std::string::npos);
  ::setenv("CREDENTIALS_DIRECTORY", dir.path().c_str(), 1);
  const Outcome outcome = read("credential:crm", "/");
  REQUIRE(outcome.reference);
  CHECK(outcome.reference->resolve()->view() == "s3cret");
  CHECK(read("credential:none", "/").problem.find("No such file") != std::string::npos);
  for (const char* value : {"credential:", "credential:..", "credential:a/b"})
    CHECK(read(value, "/").problem.find("name of a credential") != std::string::npos);
  ::unsetenv("CREDENTIALS_DIRECTORY");
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
