#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <climits>

#include "core/net/limits.h"
#include "core/net/tls.h"
#include "core/net/tls_bio.h"
#include "core/net/tls_context.h"

namespace sallyport::net {
namespace {

Error tls_error(ErrorCode code, const std::string& what) { return {code, "TLS: " + what}; }

bool is_address(const std::string& name) {
  in6_addr ignored;
  return inet_pton(AF_INET, name.c_str(), &ignored) == 1 ||
         inet_pton(AF_INET6, name.c_str(), &ignored) == 1;
}

// Takes the parts of a gather write record by record, so that a head and a small body share one.
class Records {
 public:
  explicit Records(std::span<const std::span<const std::byte>> parts) : parts_(parts) {}

  // Up to one record's worth of what is left; empty at the end.
  std::span<const std::byte> peek() {
    skip_empty();
    if (part_ == parts_.size()) return {};
    auto rest = parts_[part_].subspan(offset_);
    if (rest.size() >= kTlsRecord || part_ + 1 == parts_.size())
      return rest.first(std::min(rest.size(), kTlsRecord));
    staging_.clear();
    std::size_t offset = offset_;
    for (std::size_t i = part_; i < parts_.size() && staging_.size() < kTlsRecord; ++i) {
      auto piece = parts_[i].subspan(offset);
      piece = piece.first(std::min(piece.size(), kTlsRecord - staging_.size()));
      staging_.insert(staging_.end(), piece.begin(), piece.end());
      offset = 0;
    }
    return staging_;
  }

  void consume(std::size_t bytes) {
    while (bytes > 0) {
      std::size_t step = std::min(bytes, parts_[part_].size() - offset_);
      offset_ += step;
      bytes -= step;
      skip_empty();
    }
  }

 private:
  void skip_empty() {
    while (part_ < parts_.size() && offset_ == parts_[part_].size()) {
      ++part_;
      offset_ = 0;
    }
  }

  std::span<const std::span<const std::byte>> parts_;
  std::size_t part_ = 0;
  std::size_t offset_ = 0;
  std::vector<std::byte> staging_;
};

class TlsStream final : public Stream {
 public:
  using Stream::write;

  TlsStream(std::unique_ptr<Stream> plain, std::shared_ptr<const TlsContext> context)
      : plain_(std::move(plain)), context_(std::move(context)) {}

  Result<void> set_up(bool server, const std::string& server_name);
  Awaitable<Result<void>> handshake();

  Awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override;
  Awaitable<Result<void>> write(std::span<const std::span<const std::byte>> parts) override;
  Awaitable<Result<void>> shutdown_send() override;
  void set_read_deadline(std::optional<MonoTime> at) override { plain_->set_read_deadline(at); }
  void set_write_deadline(std::optional<MonoTime> at) override { plain_->set_write_deadline(at); }
  void close() override {
    closed_ = true;
    plain_->close();
  }
  bool idle_and_open() const override;
  Executor executor() const override { return plain_->executor(); }
  std::string peer_address() const override { return plain_->peer_address(); }
  std::optional<unsigned> peer_uid() const override { return plain_->peer_uid(); }
  std::string crypto() const override;
  std::string channel_binding() const override;
  std::string alpn() const override;

 private:
  Awaitable<Result<void>> fill();
  Awaitable<Result<void>> flush();
  Error handshake_error(const std::string& reason) const;

  std::unique_ptr<Stream> plain_;
  std::shared_ptr<const TlsContext> context_;  // shared with the listener or dialer
  TlsBuffers buffers_;
  SslHandle ssl_;  // after buffers_: its BIO refers to them
  bool busy_input_ = false;
  bool closed_ = false;
};

Result<void> TlsStream::set_up(bool server, const std::string& server_name) {
  ERR_clear_error();
  ssl_.reset(SSL_new(context_->context.get()));
  BIO* bio = ssl_ == nullptr ? nullptr : make_tls_bio(buffers_);
  if (bio == nullptr) return tls_error(ErrorCode::kInternal, tls_error_text());
  SSL_set_bio(ssl_.get(), bio, bio);
  if (server) {
    SSL_set_accept_state(ssl_.get());
    return {};
  }
  SSL_set_connect_state(ssl_.get());
  const bool address = is_address(server_name);
  // SNI is for names only (RFC 6066 §3). What SSL_set_tlsext_host_name does, without its C cast.
  if (!address && !server_name.empty() &&
      SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(server_name.c_str())) != 1)
    return tls_error(ErrorCode::kInvalid, "the server name cannot be sent: " + tls_error_text());
  if (context_->mode != TlsMode::kVerifyFull) return {};
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl_.get());
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // An empty name would match any certificate.
  if (server_name.empty() ||
      (address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, server_name.c_str())
               : X509_VERIFY_PARAM_set1_host(wanted, server_name.c_str(), 0)) != 1)
    return tls_error(ErrorCode::kInvalid, "no name to hold against the certificate");
  return {};
}

Error TlsStream::handshake_error(const std::string& reason) const {
  long verified = SSL_get_verify_result(ssl_.get());
  if (!SSL_is_server(ssl_.get()) && context_->mode != TlsMode::kRequire && verified != X509_V_OK)
    return tls_error(ErrorCode::kUnauthenticated, X509_verify_cert_error_string(verified));
  return tls_error(ErrorCode::kMalformed, reason);
}

Awaitable<Result<void>> TlsStream::handshake() {
  for (;;) {
    ERR_clear_error();
    int done = SSL_do_handshake(ssl_.get());
    bool more = done != 1 && SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ;
    std::optional<Error> failed;
    if (done != 1 && !more) failed = handshake_error(tls_error_text());
    // The alert that says what is wrong is sent as well.
    auto flushed = co_await flush();
    if (failed) co_return *failed;
    if (!flushed) co_return flushed;
    if (done == 1) co_return Result<void>();
    auto filled = co_await fill();
    if (!filled) co_return filled;
  }
}

// Reads into a small buffer while the connection is idle and into a large one while records stream
// in.
Awaitable<Result<void>> TlsStream::fill() {
  const std::size_t size = busy_input_ ? kTlsBusyInput : kTlsIdleInput;
  if (buffers_.input.size() != size) std::vector<std::byte>(size).swap(buffers_.input);
  buffers_.begin = buffers_.end = 0;
  auto n = co_await plain_->read_some(buffers_.input);
  if (!n) co_return n.error();
  if (*n == 0) co_return tls_error(ErrorCode::kClosed, "cut without close_notify");
  buffers_.end = *n;
  busy_input_ = *n >= kTlsIdleInput;
  co_return Result<void>();
}

Awaitable<Result<void>> TlsStream::flush() {
  while (!buffers_.output.empty()) {
    // Reading may add to the output while this waits.
    std::string sending = std::move(buffers_.output);
    buffers_.output.clear();
    auto sent = co_await plain_->write(std::string_view(sending));
    if (!sent) co_return sent;
  }
  co_return Result<void>();
}

Awaitable<Result<std::size_t>> TlsStream::read_some(std::span<std::byte> into) {
  if (into.empty()) co_return Error{ErrorCode::kInvalid, "a read into no space"};
  for (;;) {
    if (closed_) co_return Error{ErrorCode::kClosed, "the connection was closed"};
    ERR_clear_error();
    int n = SSL_read(ssl_.get(), into.data(),
                     static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX)));
    if (n > 0) co_return static_cast<std::size_t>(n);
    int why = SSL_get_error(ssl_.get(), n);
    if (why == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
    if (why != SSL_ERROR_WANT_READ) co_return tls_error(ErrorCode::kClosed, tls_error_text());
    // KeyUpdate answers are due before our next data (RFC 8446 §4.6.3): they wait for the next
    // write.
    if (buffers_.output.size() > kTlsUnsentByReader)
      co_return tls_error(ErrorCode::kMalformed, "too many post-handshake messages");
    auto filled = co_await fill();
    if (!filled) co_return filled.error();
  }
}

Awaitable<Result<void>> TlsStream::write(std::span<const std::span<const std::byte>> parts) {
  // Four records at a time: few system calls, bounded memory.
  constexpr std::size_t kAtOnce = 4 * kTlsRecord;
  Records records(parts);
  for (;;) {
    if (closed_) co_return Error{ErrorCode::kClosed, "the connection was closed"};
    auto record = records.peek();
    if (!record.empty()) {
      ERR_clear_error();
      int n = SSL_write(ssl_.get(), record.data(), static_cast<int>(record.size()));
      if (n <= 0) co_return tls_error(ErrorCode::kClosed, tls_error_text());
      records.consume(static_cast<std::size_t>(n));
      if (buffers_.output.size() < kAtOnce) continue;
    }
    auto flushed = co_await flush();
    if (!flushed || record.empty()) co_return flushed;
  }
}

Awaitable<Result<void>> TlsStream::shutdown_send() {
  if (closed_) co_return Error{ErrorCode::kClosed, "the connection was closed"};
  ERR_clear_error();
  if (SSL_shutdown(ssl_.get()) < 0) co_return tls_error(ErrorCode::kClosed, tls_error_text());
  auto flushed = co_await flush();
  if (!flushed) co_return flushed;
  co_return co_await plain_->shutdown_send();
}

bool TlsStream::idle_and_open() const {
  return !closed_ && buffers_.begin == buffers_.end && SSL_has_pending(ssl_.get()) == 0 &&
         SSL_get_shutdown(ssl_.get()) == 0 && plain_->idle_and_open();
}

std::string TlsStream::crypto() const {
  return std::string(SSL_get_version(ssl_.get())) + " " +
         SSL_CIPHER_get_name(SSL_get_current_cipher(ssl_.get()));
}

std::string TlsStream::channel_binding() const {
  if (SSL_is_server(ssl_.get())) return {};
  const std::unique_ptr<X509, Freed<X509_free>> shown(SSL_get1_peer_certificate(ssl_.get()));
  int digest = NID_undef;
  if (shown == nullptr ||
      OBJ_find_sigid_algs(X509_get_signature_nid(shown.get()), &digest, nullptr) != 1)
    return {};
  // RFC 5929 §4.1: SHA-256 in the place of MD5 and SHA-1; signatures without a digest have none.
  if (digest == NID_md5 || digest == NID_sha1) digest = NID_sha256;
  const EVP_MD* algorithm = EVP_get_digestbynid(digest);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  if (algorithm == nullptr || X509_digest(shown.get(), algorithm, hash.data(), &size) != 1)
    return {};
  return std::string(reinterpret_cast<const char*>(hash.data()), size);
}

std::string TlsStream::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return std::string(reinterpret_cast<const char*>(name), size);
}

Awaitable<Result<std::unique_ptr<Stream>>> start_tls(std::unique_ptr<Stream> plain,
                                                     std::shared_ptr<const TlsContext> context,
                                                     bool server, std::string server_name) {
  if (context == nullptr) co_return tls_error(ErrorCode::kInvalid, "no context");
  auto stream = std::make_unique<TlsStream>(std::move(plain), std::move(context));
  auto ready = stream->set_up(server, server_name);
  if (!ready) co_return ready.error();
  auto done = co_await stream->handshake();
  if (!done) co_return done.error();
  std::unique_ptr<Stream> made = std::move(stream);
  co_return made;
}

}  // namespace

Awaitable<Result<std::unique_ptr<Stream>>> tls_accept(std::unique_ptr<Stream> plain,
                                                      std::shared_ptr<const TlsContext> context) {
  return start_tls(std::move(plain), std::move(context), true, std::string());
}

Awaitable<Result<std::unique_ptr<Stream>>> tls_connect(std::unique_ptr<Stream> plain,
                                                       std::shared_ptr<const TlsContext> context,
                                                       std::string server_name) {
  return start_tls(std::move(plain), std::move(context), false, std::move(server_name));
}

}  // namespace sallyport::net
