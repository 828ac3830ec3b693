#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <numeric>

#include "core/net/address.h"
#include "tests/core/net_support.h"

namespace sallyport::net {
namespace {

using std::chrono::milliseconds;
using test::after;
using test::RunningRuntime;

std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  std::uint32_t x = 1;
  for (char& c : out) {
    x = x * 1'664'525 + 1'013'904'223;
    c = static_cast<char>(x >> 24);
  }
  return out;
}

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

Awaitable<Result<std::string>> send_and_receive(std::string address, std::string text) {
  auto stream = co_await connect(address, test::soon());
  if (!stream) co_return stream.error();
  (*stream)->set_read_deadline(test::soon());
  (*stream)->set_write_deadline(test::soon());
  auto sent = co_await (*stream)->write(text);
  if (!sent) co_return sent.error();
  auto ended = co_await (*stream)->shutdown_send();
  if (!ended) co_return ended.error();
  co_return co_await test::read_all(**stream);
}

TEST_CASE("what is sent over TCP comes back, and half-close carries the end both ways") {
  RunningRuntime runtime;
  ConnectionBudget budget(10);
  auto listener = test::listen(*runtime, budget, test::echo);
  auto answer = runtime.run(send_and_receive(listener->address(), "hello"));
  REQUIRE(answer);
  CHECK(*answer == "hello");
}

Awaitable<std::string> read_late(milliseconds deadline) {
  auto pair = test::make_pair(co_await this_executor());
  pair.a->set_read_deadline(after(deadline));
  std::array<std::byte, 8> buffer;
  auto n = co_await pair.a->read_some(buffer);
  std::string notes(n ? "read" : to_string(n.error().code));
  n = co_await pair.a->read_some(buffer);
  notes += n ? " read" : " " + std::string(to_string(n.error().code));
  co_return notes;
}

TEST_CASE("a read fails with timeout when its deadline passes, and so does the next one") {
  RunningRuntime runtime(1);
  CHECK(runtime.run(read_late(milliseconds(30))) == "timeout timeout");
  CHECK(runtime.run(read_late(milliseconds(-1))) == "timeout timeout");
}

Awaitable<void> note_read(Stream& stream, std::string& notes) {
  std::array<std::byte, 8> buffer;
  auto n = co_await stream.read_some(buffer);
  notes += n ? "read " + std::to_string(*n) : std::string(to_string(n.error().code));
}

Awaitable<void> shorten_deadline(Stream& stream) {
  co_await yield();
  stream.set_read_deadline(after(milliseconds(20)));
}

Awaitable<std::string> shortened() {
  std::string notes;
  auto pair = test::make_pair(co_await this_executor());
  pair.a->set_read_deadline(test::soon());
  co_await both(note_read(*pair.a, notes), shorten_deadline(*pair.a));
  co_return notes;
}

TEST_CASE("a deadline set while a read waits applies to it") {
  RunningRuntime runtime(1);
  CHECK(runtime.run(shortened()) == "timeout");
}

Awaitable<void> prolong_then_send(Stream& prolonged, Stream& peer) {
  prolonged.set_read_deadline(test::soon());
  Timer timer(co_await this_executor());
  auto slept = co_await timer.sleep_for(milliseconds(60));
  auto sent = co_await peer.write("x");
  if (!slept || !sent) throw std::runtime_error("the peer could not send");
}

Awaitable<std::string> prolonged() {
  std::string notes;
  auto pair = test::make_pair(co_await this_executor());
  pair.a->set_read_deadline(after(milliseconds(20)));
  co_await both(note_read(*pair.a, notes), prolong_then_send(*pair.a, *pair.b));
  co_return notes;
}

TEST_CASE("a deadline moved later while a read waits lets it go on") {
  RunningRuntime runtime(1);
  CHECK(runtime.run(prolonged()) == "read 1");
}

Awaitable<void> fill_until_timeout(Stream& stream, std::string& notes) {
  const std::string much(1 << 20, 'x');
  stream.set_write_deadline(after(milliseconds(40)));
  for (;;) {
    auto sent = co_await stream.write(much);
    if (sent) continue;
    notes += std::string(to_string(sent.error().code)) + " ";
    co_return;
  }
}

Awaitable<void> read_after(Stream& stream, Stream& peer, std::string& notes) {
  co_await note_read(stream, notes);
  static_cast<void>(peer);
}

Awaitable<void> write_times_out_then_peer_sends(Stream& stream, Stream& peer, std::string& notes) {
  co_await fill_until_timeout(stream, notes);
  auto sent = co_await peer.write("x");
  if (!sent) throw std::runtime_error("the peer could not send");
}

Awaitable<std::string> one_direction_late() {
  std::string notes;
  auto pair = test::make_pair(co_await this_executor());
  pair.a->set_read_deadline(test::soon());
  co_await both(read_after(*pair.a, *pair.b, notes),
                write_times_out_then_peer_sends(*pair.a, *pair.b, notes));
  co_return notes;
}

TEST_CASE("a late write does not end the read of the same stream") {
  RunningRuntime runtime(1);
  CHECK(runtime.run(one_direction_late()) == "timeout read 1");
}

Awaitable<void> close_soon(Stream& stream) {
  co_await yield();
  stream.close();
  stream.close();
}

Awaitable<std::string> closed_under_read() {
  std::string notes;
  auto pair = test::make_pair(co_await this_executor());
  co_await both(note_read(*pair.a, notes), close_soon(*pair.a));
  auto sent = co_await pair.a->write("x");
  notes += sent ? " sent" : " " + std::string(to_string(sent.error().code));
  auto ended = co_await pair.a->shutdown_send();
  notes += ended ? " ended" : " " + std::string(to_string(ended.error().code));
  notes += pair.a->idle_and_open() ? " open" : " gone";
  co_return notes;
}

TEST_CASE("close ends a pending read, and later operations fail with closed") {
  RunningRuntime runtime(1);
  CHECK(runtime.run(closed_under_read()) == "closed closed closed gone");
}

Awaitable<std::string> peer_gone() {
  std::string notes;
  auto pair = test::make_pair(co_await this_executor());
  pair.b->close();
  co_await note_read(*pair.a, notes);
  auto sent = co_await pair.a->write("x");
  notes += sent ? " sent" : " " + std::string(to_string(sent.error().code));
  co_return notes;
}

TEST_CASE("writing to a peer that has gone is an error and no signal") {
  RunningRuntime runtime(1);
  CHECK(runtime.run(peer_gone()) == "read 0 closed");
}

Awaitable<void> write_parts(Stream& stream, const std::vector<std::string>& parts) {
  std::vector<std::span<const std::byte>> views;
  for (const auto& part : parts) views.push_back(bytes(part));
  stream.set_write_deadline(test::soon());
  auto sent = co_await stream.write(views);
  if (!sent) throw std::runtime_error(sent.error().detail);
  auto ended = co_await stream.shutdown_send();
  if (!ended) throw std::runtime_error(ended.error().detail);
}

Awaitable<void> read_slowly(Stream& stream, std::string& into) {
  std::vector<std::byte> buffer(50'000);
  stream.set_read_deadline(test::soon());
  for (;;) {
    for (int i = 0; i < 3; ++i) co_await yield();
    auto n = co_await stream.read_some(buffer);
    if (!n) throw std::runtime_error(n.error().detail);
    if (*n == 0) co_return;
    into.append(reinterpret_cast<const char*>(buffer.data()), *n);
  }
}

Awaitable<std::string> gather(const std::vector<std::string>& parts) {
  auto pair = test::make_pair(co_await this_executor());
  std::string received;
  co_await both(write_parts(*pair.a, parts), read_slowly(*pair.b, received));
  co_return received;
}

TEST_CASE("a gather write of 8 MiB reaches a slow reader whole and in order") {
  RunningRuntime runtime(1);
  const std::string whole = pattern(8 << 20);
  std::vector<std::string> parts;
  std::size_t size = 0;
  for (std::size_t at = 0; at < whole.size(); at += size) {
    size = std::min<std::size_t>((at * 7) % 65'000, whole.size() - at);
    parts.push_back(whole.substr(at, size));
    if (size == 0) {
      size = 1;
      parts.push_back(whole.substr(at, size));
    }
  }
  REQUIRE(parts.size() > 200);
  const std::string received = runtime.run(gather(parts));
  CHECK(received.size() == whole.size());
  CHECK((received == whole));
}

TEST_CASE("writing nothing succeeds") {
  RunningRuntime runtime(1);
  CHECK(runtime.run(gather({})).empty());
  CHECK(runtime.run(gather({"", ""})).empty());
}

Awaitable<std::string> idle_states() {
  auto pair = test::make_pair(co_await this_executor());
  std::string notes = pair.a->idle_and_open() ? "idle " : "busy ";
  auto sent = co_await pair.b->write("x");
  if (!sent) co_return sent.error().detail;
  notes += pair.a->idle_and_open() ? "idle " : "busy ";
  co_await note_read(*pair.a, notes);
  notes += pair.a->idle_and_open() ? " idle " : " busy ";
  pair.b->close();
  notes += pair.a->idle_and_open() ? "idle" : "busy";
  co_return notes;
}

TEST_CASE("a stream is reusable only while its peer is silent and there") {
  RunningRuntime runtime(1);
  CHECK(runtime.run(idle_states()) == "idle busy read 1 idle busy");
}

Awaitable<void> send_always(Stream& stream, bool& stop) {
  while (!stop) {
    auto sent = co_await stream.write("x");
    if (!sent) throw std::runtime_error(sent.error().detail);
  }
}

Awaitable<void> read_always(Stream& stream, bool& stop) {
  std::array<std::byte, 1> one;
  while (!stop) {
    auto n = co_await stream.read_some(one);
    if (!n) throw std::runtime_error(n.error().detail);
  }
}

Awaitable<void> busy_pair(bool& stop) {
  auto pair = test::make_pair(co_await this_executor());
  auto first = co_await pair.a->write(std::string_view("some bytes ahead"));
  if (!first) throw std::runtime_error(first.error().detail);
  co_await both(send_always(*pair.a, stop), read_always(*pair.b, stop));
}

Awaitable<void> end_it(bool& stop) {
  Timer timer(co_await this_executor());
  auto slept = co_await timer.sleep_for(milliseconds(5));
  stop = slept.ok();
}

Awaitable<bool> starved() {
  bool stop = false;
  co_await both(busy_pair(stop), end_it(stop));
  co_return stop;
}

TEST_CASE("a peer that is always ready does not keep the thread for itself") {
  RunningRuntime runtime(1);
  CHECK(runtime.run(starved()));
}

Awaitable<std::string> refused(std::string address) {
  auto stream = co_await connect(address, test::soon());
  co_return stream ? "connected"
                   : std::string(to_string(stream.error().code)) + ": " + stream.error().detail;
}

TEST_CASE("an unreachable or malformed address says which step failed") {
  RunningRuntime runtime(1);
  ConnectionBudget budget(1);
  std::string address;
  {
    auto listener = test::listen(*runtime, budget, test::echo);
    address = listener->address();
  }
  CHECK(runtime.run(refused(address)) == "unavailable: connect: Connection refused");
  CHECK(runtime.run(refused("nowhere")) == "invalid: \"nowhere\" is not host:port or unix:PATH");
  CHECK(runtime.run(refused("127.0.0.1:99999")) ==
        "invalid: \"127.0.0.1:99999\" is not host:port or unix:PATH");
  CHECK(runtime.run(refused("unix:/nonexistent/socket")) ==
        "unavailable: connect: No such file or directory");
}

TEST_CASE("a name is resolved and every address of it tried") {
  RunningRuntime runtime;
  ConnectionBudget budget(10);
  auto listener = test::listen(*runtime, budget, test::echo);
  auto port = split_host_port(listener->address())->second;
  auto answer = runtime.run(send_and_receive("localhost:" + std::to_string(port), "by name"));
  REQUIRE(answer);
  CHECK(*answer == "by name");
}

TEST_CASE("addresses are split and written back") {
  CHECK(split_host_port("127.0.0.1:80") == std::pair<std::string, std::uint16_t>("127.0.0.1", 80));
  CHECK(split_host_port("[::1]:443") == std::pair<std::string, std::uint16_t>("::1", 443));
  CHECK(split_host_port("a.example:65535")->second == 65'535);
  for (const char* bad : {"", ":80", "a", "a:", "a:65536", "a:-1", "a:1x", "::1:80", "[]:80"})
    CHECK_FALSE(split_host_port(bad));
  CHECK(to_string(*numeric_address("::1", 80)) == "[::1]:80");
  CHECK(to_string(*numeric_address("10.0.0.7", 41'234)) == "10.0.0.7:41234");
  CHECK_FALSE(numeric_address("localhost", 1));
  CHECK_FALSE(unix_address(std::string(108, 'x')));
  CHECK(unix_address(std::string(107, 'x')));
}

}  // namespace
}  // namespace sallyport::net
