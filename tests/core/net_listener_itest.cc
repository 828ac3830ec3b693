#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <thread>

#include "core/net/address.h"
#include "tests/core/net_support.h"

namespace sallyport::net {
namespace {

using test::RunningRuntime;
using test::TemporaryFolder;

Awaitable<std::string> ask(std::string address, std::string text) {
  auto stream = co_await connect(address, test::soon());
  if (!stream) co_return stream.error().detail;
  (*stream)->set_read_deadline(test::soon());
  auto sent = co_await (*stream)->write(text);
  if (!sent) co_return sent.error().detail;
  auto answer = co_await test::read_exactly(**stream, text.size());
  co_return answer ? *answer : answer.error().detail;
}

Awaitable<std::unique_ptr<Stream>> open_stream(std::string address) {
  auto stream = co_await connect(address, test::soon());
  if (!stream) co_return nullptr;
  (*stream)->set_read_deadline(test::soon());
  co_return std::move(*stream);
}

Awaitable<std::string> exchange(Stream& stream, std::string text) {
  auto sent = co_await stream.write(text);
  if (!sent) co_return sent.error().detail;
  auto answer = co_await test::read_exactly(stream, text.size());
  co_return answer ? *answer : answer.error().detail;
}

TEST_CASE("one acceptor hands its connections to all threads, least loaded first") {
  RunningRuntime runtime(3);
  ConnectionBudget budget(100);
  std::mutex mutex;
  std::map<std::thread::id, int> served;
  auto handler = [&](std::unique_ptr<Stream> stream) {
    std::lock_guard lock(mutex);
    ++served[std::this_thread::get_id()];
    return test::echo(std::move(stream));
  };
  auto listener = test::listen(*runtime, budget, handler);
  std::vector<std::unique_ptr<Stream>> open;
  for (int i = 0; i < 9; ++i) {
    open.push_back(runtime.run(open_stream(listener->address())));
    REQUIRE(open.back());
    CHECK(runtime.run(exchange(*open.back(), "x")) == "x");
  }
  std::lock_guard lock(mutex);
  REQUIRE(served.size() == 3);
  for (const auto& [thread, count] : served) CHECK(count == 3);
  runtime->stop();
  runtime->join();
}

TEST_CASE("an acceptor per thread shares one port") {
  RunningRuntime runtime(2);
  ConnectionBudget budget(100);
  auto listener = test::listen(*runtime, budget, test::echo, nullptr, {"127.0.0.1:0", true, 0660});
  for (int i = 0; i < 20; ++i) CHECK(runtime.run(ask(listener->address(), "hello")) == "hello");
}

TEST_CASE("a connection beyond the budget is closed at once and those inside go on") {
  RunningRuntime runtime(1);
  ConnectionBudget budget(2);
  auto listener = test::listen(*runtime, budget, test::echo);
  auto first = runtime.run(open_stream(listener->address()));
  auto second = runtime.run(open_stream(listener->address()));
  REQUIRE((first && second));
  CHECK(runtime.run(exchange(*first, "1")) == "1");
  CHECK(runtime.run(exchange(*second, "2")) == "2");
  CHECK(budget.in_use() == 2);
  CHECK(runtime.run(ask(listener->address(), "3")) != "3");
  CHECK(runtime.run(exchange(*first, "4")) == "4");
  budget.set_limit(3);
  CHECK(runtime.run(ask(listener->address(), "5")) == "5");
  runtime->stop();
  runtime->join();
}

// Lowers the number of file descriptors to what is open now, while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    int lowest_free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    REQUIRE(lowest_free >= 0);
    ::close(lowest_free);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest_free);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_CASE("out of descriptors accepting pauses, open connections go on, and it recovers") {
  RunningRuntime runtime(1);
  ConnectionBudget budget(100);
  auto listener = test::listen(*runtime, budget, test::echo);
  auto before = runtime.run(open_stream(listener->address()));
  REQUIRE(before);
  CHECK(runtime.run(exchange(*before, "before")) == "before");

  // A socket of ours that will connect while the listener cannot accept.
  int late = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(late >= 0);
  timeval wait{20, 0};
  ::setsockopt(late, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  {
    NoDescriptors none;
    auto parts = split_host_port(listener->address());
    auto address = numeric_address(parts->first, parts->second);
    REQUIRE(::connect(late, address->get(), address->size) == 0);
    REQUIRE(::send(late, "late", 4, MSG_NOSIGNAL) == 4);
    const std::uint64_t beat = runtime->heartbeat(0);
    while (runtime->heartbeat(0) < beat + 2)
      CHECK(runtime.run(exchange(*before, "during")) == "during");
    CHECK(budget.in_use() == 1);
  }
  char answer[4] = {};
  CHECK(::recv(late, answer, sizeof answer, MSG_WAITALL) == 4);
  CHECK(std::string(answer, 4) == "late");
  ::close(late);
  runtime->stop();
  runtime->join();
}

TEST_CASE("a stopped listener refuses newcomers and leaves its connections alone") {
  RunningRuntime runtime(2);
  ConnectionBudget budget(100);
  for (bool per_thread : {false, true}) {
    auto listener =
        test::listen(*runtime, budget, test::echo, nullptr, {"127.0.0.1:0", per_thread, 0660});
    auto open = runtime.run(open_stream(listener->address()));
    REQUIRE(open);
    CHECK(runtime.run(exchange(*open, "before")) == "before");
    listener->stop();
    CHECK(runtime.run(ask(listener->address(), "x")) == "connect: Connection refused");
    CHECK(runtime.run(exchange(*open, "after")) == "after");
    const std::string address = listener->address();
    listener.reset();
    CHECK(runtime.run(exchange(*open, "and later")) == "and later");
    listener = test::listen(*runtime, budget, test::echo, nullptr, {address, per_thread, 0660});
    CHECK(runtime.run(ask(address, "again")) == "again");
    listener.reset();
    post(runtime->executor(0), [stream = std::shared_ptr<Stream>(std::move(open))] {});
  }
  runtime->stop();
  runtime->join();
}

Awaitable<void> tell_uid(std::unique_ptr<Stream> stream) {
  auto uid = stream->peer_uid();
  const std::string text = uid ? std::to_string(*uid) : "none";
  auto sent = co_await stream->write(text);
  static_cast<void>(sent);
}

Awaitable<std::string> read_everything(std::string address) {
  auto stream = co_await connect(address, test::soon());
  if (!stream) co_return stream.error().detail;
  auto answer = co_await test::read_all(**stream);
  co_return answer ? *answer : answer.error().detail;
}

TEST_CASE("a Unix socket has its mode, tells its peer's uid and goes away with the listener") {
  RunningRuntime runtime(1);
  ConnectionBudget budget(100);
  TemporaryFolder folder;
  const std::string path = folder / "admin.sock";
  const std::string address = "unix:" + path;
  auto listener = test::listen(*runtime, budget, tell_uid, nullptr, {address, false, 0600});
  CHECK(listener->address() == address);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(runtime.run(read_everything(address)) == std::to_string(::getuid()));
  listener->stop();
  CHECK(::stat(path.c_str(), &status) != 0);
}

std::string open_error(Runtime& runtime, ConnectionBudget& budget, const std::string& address) {
  auto listener = Listener::open(runtime, {address, false, 0600}, budget, nullptr, test::echo);
  return listener ? "" : listener.error().detail;
}

TEST_CASE("only a socket file that nobody listens on is replaced") {
  RunningRuntime runtime(1);
  ConnectionBudget budget(100);
  TemporaryFolder folder;
  const std::string path = folder / "admin.sock";
  const std::string address = "unix:" + path;
  const std::string in_use = "cannot listen on " + path + ": Address already in use";

  // What a killed broker leaves behind.
  auto stale_address = unix_address(path);
  int stale = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::bind(stale, stale_address->get(), stale_address->size) == 0);
  ::close(stale);
  auto listener = test::listen(*runtime, budget, test::echo, nullptr, {address, false, 0600});
  CHECK(runtime.run(ask(address, "x")) == "x");

  CHECK(open_error(*runtime, budget, address) == in_use);
  CHECK(runtime.run(ask(address, "still there")) == "still there");

  const std::string file = folder / "file";
  std::ofstream(file) << "precious";
  CHECK(open_error(*runtime, budget, "unix:" + file) ==
        "cannot listen on " + file + ": Address already in use");
  CHECK(std::ifstream(file).good());
}

TEST_CASE("an address that cannot be listened on is an error that says why") {
  RunningRuntime runtime(1);
  ConnectionBudget budget(100);
  auto listener = test::listen(*runtime, budget, test::echo);
  CHECK(open_error(*runtime, budget, listener->address()) ==
        "cannot listen on " + listener->address() + ": Address already in use");
  CHECK(open_error(*runtime, budget, "localhost:80").starts_with("cannot listen on \"localhost"));
  CHECK(open_error(*runtime, budget, "192.0.2.1:0") ==
        "cannot listen on 192.0.2.1:0: Cannot assign requested address");
}

Awaitable<void> throw_at_once(std::unique_ptr<Stream> stream) {
  auto sent = co_await stream->write("x");
  static_cast<void>(sent);
  throw std::bad_alloc();
}

TEST_CASE("a handler that throws gives its connection's place back") {
  RunningRuntime runtime(1);
  ConnectionBudget budget(1);
  auto listener = test::listen(*runtime, budget, throw_at_once);
  for (int i = 0; i < 3; ++i) {
    CHECK(runtime.run(read_everything(listener->address())) == "x");
    while (budget.in_use() > 0) std::this_thread::yield();
  }
}

}  // namespace
}  // namespace sallyport::net
