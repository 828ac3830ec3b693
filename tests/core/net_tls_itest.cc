#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "core/direct_dialer.h"
#include "core/net/address.h"
#include "tests/core/net_support.h"

namespace sallyport::net {
namespace {

using test::Certificates;
using test::CertificateWish;
using test::RunningRuntime;
using test::TemporaryFolder;

std::shared_ptr<const TlsContext> server_context(const Certificates& files,
                                                 std::vector<std::string> alpn = {}) {
  auto context = make_server_context({files.certificate, files.key, std::move(alpn)});
  INFO((context ? "" : context.error().detail));
  REQUIRE(context);
  return *context;
}

std::shared_ptr<const TlsContext> client_context(TlsMode mode, const std::string& ca,
                                                 std::vector<std::string> alpn = {}) {
  auto context = make_client_context({mode, ca, std::move(alpn)});
  INFO((context ? "" : context.error().detail));
  REQUIRE(context);
  return *context;
}

Awaitable<Result<std::unique_ptr<Stream>>> connect_secured(
    std::string address, std::shared_ptr<const TlsContext> context, std::string name) {
  auto stream = co_await connect(address, test::soon());
  if (!stream) co_return stream;
  (*stream)->set_read_deadline(test::soon());
  (*stream)->set_write_deadline(test::soon());
  co_return co_await tls_connect(std::move(*stream), context, name);
}

// What a client gets that sends `text` and then ends its side, or why it got nothing.
Awaitable<std::string> ask(std::string address, std::shared_ptr<const TlsContext> context,
                           std::string name, std::string text) {
  auto stream = co_await connect_secured(address, context, name);
  if (!stream) co_return std::string(to_string(stream.error().code)) + ": " + stream.error().detail;
  auto sent = co_await (*stream)->write(text);
  if (!sent) co_return sent.error().detail;
  auto ended = co_await (*stream)->shutdown_send();
  if (!ended) co_return ended.error().detail;
  auto answer = co_await test::read_all(**stream);
  co_return answer ? *answer : answer.error().detail;
}

struct EchoServer {
  EchoServer(RunningRuntime& runtime, const Certificates& files, std::vector<std::string> alpn = {})
      : listener(test::listen(*runtime, budget, test::echo, server_context(files, alpn))) {}
  ConnectionBudget budget{100};
  std::unique_ptr<Listener> listener;
  std::string address() const { return listener->address(); }
};

TEST_CASE("what is sent over TLS comes back, and close_notify ends each side") {
  RunningRuntime runtime;
  TemporaryFolder folder;
  auto files = test::make_certificates(folder);
  EchoServer server(runtime, files);
  auto full = client_context(TlsMode::kVerifyFull, files.ca);
  CHECK(runtime.run(ask(server.address(), full, "localhost", "by name")) == "by name");
  CHECK(runtime.run(ask(server.address(), full, "127.0.0.1", "by address")) == "by address");
}

TEST_CASE("a large body crosses TLS in both directions at once") {
  RunningRuntime runtime;
  TemporaryFolder folder;
  auto files = test::make_certificates(folder);
  EchoServer server(runtime, files);
  auto full = client_context(TlsMode::kVerifyFull, files.ca);
  // Fits into the sockets' buffers together with the echo's own.
  std::string text(300'000, 'x');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
  CHECK((runtime.run(ask(server.address(), full, "localhost", text)) == text));
}

TEST_CASE("a certificate for another name, of another authority or out of date is refused") {
  RunningRuntime runtime;
  TemporaryFolder folder;
  auto files = test::make_certificates(folder);
  EchoServer server(runtime, files);
  auto full = client_context(TlsMode::kVerifyFull, files.ca);
  CHECK(runtime.run(ask(server.address(), full, "other.example", "x")) ==
        "unauthenticated: TLS: hostname mismatch");
  CHECK(runtime.run(ask(server.address(), full, "127.0.0.2", "x")) ==
        "unauthenticated: TLS: IP address mismatch");
  CHECK(runtime.run(ask(server.address(), full, "", "x")) ==
        "invalid: TLS: no name to hold against the certificate");

  TemporaryFolder other_folder;
  auto other = test::make_certificates(other_folder);
  auto wrong_ca = client_context(TlsMode::kVerifyFull, other.ca);
  CHECK(runtime.run(ask(server.address(), wrong_ca, "localhost", "x")) ==
        "unauthenticated: TLS: certificate signature failure");
  auto system = client_context(TlsMode::kVerifyFull, "");
  CHECK(runtime.run(ask(server.address(), system, "localhost", "x")) ==
        "unauthenticated: TLS: unable to get local issuer certificate");

  TemporaryFolder old_folder;
  CertificateWish expired;
  expired.valid_for_s = -60;
  auto old = test::make_certificates(old_folder, expired);
  EchoServer old_server(runtime, old);
  auto old_full = client_context(TlsMode::kVerifyFull, old.ca);
  CHECK(runtime.run(ask(old_server.address(), old_full, "localhost", "x")) ==
        "unauthenticated: TLS: certificate has expired");
}

TEST_CASE("verify-ca takes any name of the authority, and require takes any certificate") {
  RunningRuntime runtime;
  TemporaryFolder folder;
  auto files = test::make_certificates(folder);
  EchoServer server(runtime, files);
  auto ca = client_context(TlsMode::kVerifyCa, files.ca);
  CHECK(runtime.run(ask(server.address(), ca, "other.example", "x")) == "x");
  TemporaryFolder other_folder;
  auto other = test::make_certificates(other_folder);
  auto wrong_ca = client_context(TlsMode::kVerifyCa, other.ca);
  CHECK(runtime.run(ask(server.address(), wrong_ca, "localhost", "x")).starts_with("unauthent"));
  auto any = client_context(TlsMode::kRequire, "");
  CHECK(runtime.run(ask(server.address(), any, "other.example", "x")) == "x");
  CHECK_FALSE(make_client_context({TlsMode::kOff, "", {}}));
}

Awaitable<std::string> facts(std::string address, std::shared_ptr<const TlsContext> context) {
  auto stream = co_await connect_secured(address, context, "localhost");
  if (!stream) co_return stream.error().detail;
  co_return (*stream)->crypto() + "|" + (*stream)->alpn();
}

TEST_CASE("ALPN agrees on the server's preference, and none in common ends the handshake") {
  RunningRuntime runtime;
  TemporaryFolder folder;
  auto files = test::make_certificates(folder);
  EchoServer server(runtime, files, {"h2", "http/1.1"});
  auto two = client_context(TlsMode::kVerifyFull, files.ca, {"http/1.1", "h2"});
  CHECK(runtime.run(facts(server.address(), two)) == "TLSv1.3 TLS_AES_256_GCM_SHA384|h2");
  auto one = client_context(TlsMode::kVerifyFull, files.ca, {"http/1.1"});
  CHECK(runtime.run(facts(server.address(), one)) == "TLSv1.3 TLS_AES_256_GCM_SHA384|http/1.1");
  auto none = client_context(TlsMode::kVerifyFull, files.ca);
  CHECK(runtime.run(facts(server.address(), none)) == "TLSv1.3 TLS_AES_256_GCM_SHA384|");
  auto other = client_context(TlsMode::kVerifyFull, files.ca, {"imap"});
  CHECK(runtime.run(facts(server.address(), other)) == "TLS: tlsv1 alert no application protocol");
}

TEST_CASE("unusable certificates, keys and authorities are refused with the reason") {
  TemporaryFolder folder;
  TemporaryFolder other_folder;
  auto files = test::make_certificates(folder);
  auto other = test::make_certificates(other_folder);
  auto why = [](const Result<std::shared_ptr<const TlsContext>>& context) {
    return context ? std::string("accepted") : context.error().detail;
  };
  CHECK(why(make_server_context({folder / "none", files.key, {}})) ==
        "cannot use the certificate " + (folder / "none") + ": No such file or directory");
  CHECK(why(make_server_context({files.certificate, folder / "none", {}})) ==
        "cannot read the key " + (folder / "none") + ": No such file or directory");
  CHECK(why(make_server_context({files.certificate, other.key, {}})) ==
        "the key " + other.key + " does not belong to the certificate " + files.certificate);
  CHECK(why(make_server_context({files.certificate, folder / ".", {}}))
            .ends_with("is not a regular file"));
  REQUIRE(::chmod(files.key.c_str(), 0640) == 0);
  CHECK(why(make_server_context({files.certificate, files.key, {}})) ==
        "the key " + files.key + " may be read by others than its owner: chmod 600 it");
  std::ofstream(other.key) << "not a key";
  CHECK(why(make_server_context({other.certificate, other.key, {}}))
            .starts_with("the key " + other.key + " is not an unencrypted PEM private key"));
  CHECK(why(make_client_context({TlsMode::kVerifyFull, folder / "none", {}}))
            .starts_with("cannot use the certificate authorities in "));
}

// The client's side of the socket, cut after some bytes without close_notify.
Awaitable<void> cut_off(std::unique_ptr<Stream> secured) {
  auto sent = co_await secured->write("partial");
  secured->close();
  static_cast<void>(sent);
}

Awaitable<std::string> read_until_cut(std::string address,
                                      std::shared_ptr<const TlsContext> context) {
  auto stream = co_await connect_secured(address, context, "localhost");
  if (!stream) co_return stream.error().detail;
  auto part = co_await test::read_exactly(**stream, 7);
  std::string notes = part ? *part : part.error().detail;
  auto rest = co_await test::read_all(**stream);
  notes += rest ? "|end" : "|" + rest.error().detail;
  co_return notes;
}

TEST_CASE("a TLS connection cut without close_notify is an error, not an end") {
  RunningRuntime runtime;
  TemporaryFolder folder;
  auto files = test::make_certificates(folder);
  ConnectionBudget budget(10);
  auto listener = test::listen(*runtime, budget, cut_off, server_context(files));
  auto full = client_context(TlsMode::kVerifyFull, files.ca);
  CHECK(runtime.run(read_until_cut(listener->address(), full)) ==
        "partial|TLS: cut without close_notify");
}

Awaitable<std::string> speak_plainly(std::string address) {
  auto stream = co_await connect(address, test::soon());
  if (!stream) co_return stream.error().detail;
  (*stream)->set_read_deadline(test::soon());
  auto sent = co_await (*stream)->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  if (!sent) co_return sent.error().detail;
  auto answer = co_await test::read_all(**stream);
  co_return answer ? "ended" : answer.error().detail;
}

TEST_CASE("plain bytes sent to a TLS listener end that connection only") {
  RunningRuntime runtime;
  TemporaryFolder folder;
  auto files = test::make_certificates(folder);
  EchoServer server(runtime, files);
  auto answer = runtime.run(speak_plainly(server.address()));
  CHECK((answer == "ended" || answer == "Connection reset by peer"));
  auto full = client_context(TlsMode::kVerifyFull, files.ca);
  CHECK(runtime.run(ask(server.address(), full, "localhost", "x")) == "x");
}

Awaitable<Result<std::unique_ptr<Stream>>> connect_silently(std::string address) {
  co_return co_await connect(address, test::soon());
}

TEST_CASE("clients that stall in the handshake do not hold up others") {
  RunningRuntime runtime(1);
  TemporaryFolder folder;
  auto files = test::make_certificates(folder);
  EchoServer server(runtime, files);
  std::vector<std::unique_ptr<Stream>> stalled;
  for (int i = 0; i < 20; ++i) {
    auto stream = runtime.run(connect_silently(server.address()));
    REQUIRE(stream);
    stalled.push_back(std::move(*stream));
  }
  auto full = client_context(TlsMode::kVerifyFull, files.ca);
  CHECK(runtime.run(ask(server.address(), full, "localhost", "x")) == "x");
  CHECK(server.budget.in_use() >= 20);
  runtime->stop();
  runtime->join();
}

Awaitable<std::string> dial_once(DirectDialer& dialer, Endpoint endpoint, MonoTime deadline) {
  auto upstream = co_await dialer.dial(endpoint, deadline);
  co_return upstream
      ? (*upstream)->crypto() + "|" + (*upstream)->peer_address()
      : std::string(to_string(upstream.error().code)) + ": " + upstream.error().detail;
}

TEST_CASE("the direct dialer reaches an endpoint over TLS and names it when it does not") {
  RunningRuntime runtime;
  TemporaryFolder folder;
  auto files = test::make_certificates(folder);
  EchoServer server(runtime, files);
  DirectDialer dialer;
  Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  endpoint.port = split_host_port(server.address())->second;
  endpoint.tls = {TlsMode::kVerifyFull, files.ca, {}};
  CHECK(dialer.prepare(endpoint));
  for (int i = 0; i < 2; ++i)
    CHECK(runtime.run(dial_once(dialer, endpoint, test::soon())) ==
          "TLSv1.3 TLS_AES_256_GCM_SHA384|" + server.address());

  endpoint.tls.ca_path = folder / "none";
  CHECK_FALSE(dialer.prepare(endpoint));
  endpoint.tls.ca_path = "";
  CHECK(runtime.run(dial_once(dialer, endpoint, test::soon())) ==
        "unauthenticated: " + server.address() + ": TLS: unable to get local issuer certificate");
  endpoint.via = "dc-east";
  CHECK(runtime.run(dial_once(dialer, endpoint, test::soon())).starts_with("unsupported: "));
}

Awaitable<void> stay_silent(std::unique_ptr<Stream> stream) {
  std::array<std::byte, 4'096> buffer;
  for (;;) {
    auto n = co_await stream->read_some(buffer);
    if (!n || *n == 0) co_return;
  }
}

TEST_CASE("a target that never answers the handshake is given up at the deadline") {
  RunningRuntime runtime;
  ConnectionBudget budget(10);
  auto listener = test::listen(*runtime, budget, stay_silent);
  DirectDialer dialer;
  Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  endpoint.port = split_host_port(listener->address())->second;
  endpoint.tls = {TlsMode::kRequire, "", {}};
  CHECK(runtime.run(dial_once(dialer, endpoint, test::after(std::chrono::milliseconds(50)))) ==
        "timeout: " + listener->address() + ": the deadline passed");
}

}  // namespace
}  // namespace sallyport::net
