#include "tests/core/net_support.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "core/net/socket_stream.h"

namespace sallyport::net::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<FILE, decltype(&std::fclose)>;

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make_certificate(EVP_PKEY* key, const std::string& name, long number) {
  Certificate made(X509_new(), X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), number);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -7'200);
  X509_set_pubkey(made.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return made;
}

void write_pem(const std::string& path, X509* certificate) {
  File file(std::fopen(path.c_str(), "w"), std::fclose);
  REQUIRE(PEM_write_X509(file.get(), certificate) == 1);
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sallyport-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Certificates make_certificates(const TemporaryFolder& folder, const CertificateWish& wish) {
  Certificates paths{folder / "ca.pem", folder / "server.pem", folder / "server.key"};
  Key ca_key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  auto ca = make_certificate(ca_key.get(), "test authority", 1);
  X509_gmtime_adj(X509_getm_notAfter(ca.get()), 3'600);
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  add_extension(ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(ca.get(), NID_key_usage, "critical,keyCertSign");
  REQUIRE(X509_sign(ca.get(), ca_key.get(), EVP_sha256()) > 0);
  write_pem(paths.ca, ca.get());

  Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  auto leaf = make_certificate(key.get(), "test server", 2);
  X509_gmtime_adj(X509_getm_notAfter(leaf.get()), wish.valid_for_s);
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(ca.get()));
  std::string names;
  if (!wish.dns.empty()) names += "DNS:" + wish.dns;
  if (!wish.ip.empty()) names += (names.empty() ? "IP:" : ",IP:") + wish.ip;
  if (!names.empty()) add_extension(leaf.get(), NID_subject_alt_name, names);
  REQUIRE(X509_sign(leaf.get(), ca_key.get(), EVP_sha256()) > 0);
  write_pem(paths.certificate, leaf.get());

  File file(std::fopen(paths.key.c_str(), "w"), std::fclose);
  REQUIRE(::fchmod(::fileno(file.get()), 0600) == 0);
  REQUIRE(PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return paths;
}

Awaitable<void> echo(std::unique_ptr<Stream> stream) {
  std::vector<std::byte> buffer(16'384);
  for (;;) {
    stream->set_read_deadline(soon());
    stream->set_write_deadline(soon());
    auto n = co_await stream->read_some(buffer);
    if (!n) co_return;
    if (*n == 0) break;
    auto sent = co_await stream->write(std::span<const std::byte>(buffer).first(*n));
    if (!sent) co_return;
  }
  auto ended = co_await stream->shutdown_send();
  static_cast<void>(ended);
}

Awaitable<Result<std::string>> read_exactly(Stream& stream, std::size_t size) {
  std::string out;
  std::vector<std::byte> buffer(65'536);
  while (out.size() < size) {
    auto space = std::span(buffer).first(std::min(buffer.size(), size - out.size()));
    auto n = co_await stream.read_some(space);
    if (!n) co_return n.error();
    if (*n == 0) break;
    out.append(reinterpret_cast<const char*>(buffer.data()), *n);
  }
  co_return out;
}

Awaitable<Result<std::string>> read_all(Stream& stream) {
  return read_exactly(stream, static_cast<std::size_t>(-1));
}

Pair make_pair(Executor executor) {
  int fds[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
  SocketAddress peer;
  peer.storage.ss_family = AF_UNIX;
  auto a = SocketStream::adopt(executor, fds[0], peer);
  auto b = SocketStream::adopt(executor, fds[1], peer);
  return {std::move(*a), std::move(*b)};
}

std::unique_ptr<Listener> listen(Runtime& runtime, ConnectionBudget& budget,
                                 Listener::Handler handler, std::shared_ptr<const TlsContext> tls,
                                 ListenerSettings settings) {
  auto source = [tls] { return tls; };
  auto listener = Listener::open(runtime, settings, budget, source, std::move(handler));
  INFO((listener ? "" : listener.error().detail));
  REQUIRE(listener);
  (*listener)->start();
  return std::move(*listener);
}

}  // namespace sallyport::net::test
