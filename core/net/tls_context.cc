#include "core/net/tls_context.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sallyport::net {
namespace {

// Forward secrecy and AEAD only (RFC 9325 §4.2); TLS 1.3's suites all qualify.
constexpr char kTls12Ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

using KeyHandle = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using BioHandle = std::unique_ptr<BIO, Freed<BIO_free>>;

Error invalid(std::string what) { return {ErrorCode::kInvalid, std::move(what)}; }

// Never asks a terminal for the passphrase of an encrypted key.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<std::string> alpn_wire(const std::vector<std::string>& protocols) {
  std::string wire;
  for (const auto& protocol : protocols) {
    if (protocol.empty() || protocol.size() > 255)
      return invalid("an ALPN protocol name has 1 to 255 bytes");
    wire.push_back(static_cast<char>(protocol.size()));
    wire += protocol;
  }
  return wire;
}

// The first of our protocols that the client offers; none in common ends the handshake (RFC 7301
// §3.2).
int select_alpn(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                const unsigned char* offered, unsigned int offered_size, void* context) {
  const auto& ours = static_cast<const TlsContext*>(context)->alpn;
  unsigned char* selected = nullptr;
  int found = SSL_select_next_proto(&selected, chosen_size,
                                    reinterpret_cast<const unsigned char*>(ours.data()),
                                    static_cast<unsigned>(ours.size()), offered, offered_size);
  *chosen = selected;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Result<std::shared_ptr<TlsContext>> make_context(const SSL_METHOD* method,
                                                 const std::vector<std::string>& alpn) {
  auto made = std::make_shared<TlsContext>();
  auto wire = alpn_wire(alpn);
  if (!wire) return wire.error();
  made->alpn = *wire;
  made->context.reset(SSL_CTX_new(method));
  SSL_CTX* context = made->context.get();
  if (context == nullptr) return Error{ErrorCode::kInternal, "TLS: " + tls_error_text()};
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, kTls12Ciphers) != 1)
    return Error{ErrorCode::kInternal, "TLS: " + tls_error_text()};
  return made;
}

Result<KeyHandle> read_key(const std::string& path) {
  // O_NONBLOCK: a pipe in the key's place is refused below, not waited for.
  int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return invalid("cannot read the key " + path + ": " + std::generic_category().message(errno));
  BioHandle bio(BIO_new_fd(fd, BIO_CLOSE));
  if (bio == nullptr) {
    ::close(fd);
    return Error{ErrorCode::kInternal, "TLS: " + tls_error_text()};
  }
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
    return invalid("the key " + path + " is not a regular file");
  if ((status.st_mode & 077) != 0)
    return invalid("the key " + path + " may be read by others than its owner: chmod 600 it");
  KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr)
    return invalid("the key " + path +
                   " is not an unencrypted PEM private key: " + tls_error_text());
  return key;
}

// The certificate that this side shows, and the key that proves it is its own.
Result<void> use_certificate(SSL_CTX* context, const std::string& certificate_path,
                             const std::string& key_path) {
  if (SSL_CTX_use_certificate_chain_file(context, certificate_path.c_str()) != 1)
    return invalid("cannot use the certificate " + certificate_path + ": " + tls_error_text());
  auto key = read_key(key_path);
  if (!key) return key.error();
  // Compares the two as well.
  if (SSL_CTX_use_PrivateKey(context, key->get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    ERR_clear_error();
    return invalid("the key " + key_path + " does not belong to the certificate " +
                   certificate_path);
  }
  return {};
}

}  // namespace

std::string tls_error_text() {
  // What went wrong in a system call comes first; libraries above it only add that something did.
  unsigned long first = ERR_peek_error();
  unsigned long last = ERR_peek_last_error();
  std::string text = "unknown error";
  if (first != 0 && ERR_SYSTEM_ERROR(first)) {
    text = std::generic_category().message(ERR_GET_REASON(first));
  } else if (const char* reason = last == 0 ? nullptr : ERR_reason_error_string(last)) {
    text = reason;
  }
  ERR_clear_error();
  return text;
}

Result<std::shared_ptr<const TlsContext>> make_server_context(const TlsServerSettings& settings) {
  ERR_clear_error();
  auto made = make_context(TLS_server_method(), settings.alpn);
  if (!made) return made.error();
  SSL_CTX* context = (*made)->context.get();
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (!(*made)->alpn.empty()) SSL_CTX_set_alpn_select_cb(context, select_alpn, made->get());
  auto shown = use_certificate(context, settings.certificate_path, settings.key_path);
  if (!shown) return shown.error();
  return std::shared_ptr<const TlsContext>(*made);
}

Result<std::shared_ptr<const TlsContext>> make_client_context(const TlsClientSettings& settings) {
  ERR_clear_error();
  if (settings.mode == TlsMode::kOff) return invalid("TLS is off for this endpoint");
  auto made = make_context(TLS_client_method(), settings.alpn);
  if (!made) return made.error();
  (*made)->mode = settings.mode;
  SSL_CTX* context = (*made)->context.get();
  const std::string& alpn = (*made)->alpn;
  if (!alpn.empty() &&
      SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(alpn.data()),
                              static_cast<unsigned>(alpn.size())) != 0)
    return Error{ErrorCode::kInternal, "TLS: " + tls_error_text()};
  if (!settings.certificate_path.empty()) {
    auto shown = use_certificate(context, settings.certificate_path, settings.key_path);
    if (!shown) return shown.error();
  }
  if (settings.mode == TlsMode::kRequire) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return std::shared_ptr<const TlsContext>(*made);
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (settings.ca_path.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1)
      return invalid("cannot load the system's certificate authorities: " + tls_error_text());
  } else if (SSL_CTX_load_verify_file(context, settings.ca_path.c_str()) != 1) {
    return invalid("cannot use the certificate authorities in " + settings.ca_path + ": " +
                   tls_error_text());
  }
  return std::shared_ptr<const TlsContext>(*made);
}

}  // namespace sallyport::net
