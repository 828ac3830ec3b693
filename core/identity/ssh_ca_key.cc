#include "core/identity/ssh_ca_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>

#include "core/identity/public_key.h"
#include "core/identity/ssh_wire.h"

namespace sallyport::identity {
namespace {

constexpr std::string_view kType = "ssh-ed25519";
constexpr std::size_t kSeedBytes = 32;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

Error failed(const char* what) {
  ERR_clear_error();
  return {ErrorCode::kInternal, what};
}

}  // namespace

void SshCaKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<SshCaKey> SshCaKey::from(Handle key) {
  std::array<unsigned char, kSeedBytes> bytes{};
  std::size_t length = bytes.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), bytes.data(), &length) != 1 ||
      length != bytes.size())
    return failed("the SSH CA key cannot be made");
  std::string blob;
  append_ssh_string(blob, kType);
  append_ssh_string(blob, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return SshCaKey(std::move(key), std::move(blob));
}

Result<SshCaKey> SshCaKey::load(std::string_view seed) {
  if (seed.size() != kSeedBytes) return Error{ErrorCode::kInvalid, "is not an Ed25519 key"};
  return from(Handle(EVP_PKEY_new_raw_private_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(seed.data()),
      seed.size())));
}

Result<SshCaKey> SshCaKey::generate() {
  return from(Handle(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
}

config::SecretBytes SshCaKey::seed() const {
  std::string bytes(kSeedBytes, '\0');
  std::size_t length = bytes.size();
  if (EVP_PKEY_get_raw_private_key(key_.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                   &length) != 1 ||
      length != bytes.size())
    broken_invariant("an Ed25519 key has no seed");
  return config::SecretBytes(std::move(bytes));
}

std::string SshCaKey::public_line(std::string_view comment) const {
  return std::string(kType) + " " + base64_encode(blob_) + " " + std::string(comment);
}

Result<std::string> SshCaKey::sign(std::string_view message) const {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  std::array<unsigned char, 64> signature{};
  std::size_t length = signature.size();
  const bool done =
      context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
      EVP_DigestSign(context.get(), signature.data(), &length,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
  if (!done) return failed("the certificate cannot be signed");
  std::string blob;
  append_ssh_string(blob, kType);
  append_ssh_string(blob, {reinterpret_cast<const char*>(signature.data()), length});
  return blob;
}

bool verify_ca_signature(std::string_view ca_blob, std::string_view message,
                         std::string_view signature) {
  SshReader ca(ca_blob);
  const std::string_view type = ca.string();
  const Result<PublicKey> key = PublicKey::ed25519(ca.string());
  SshReader reader(signature);
  const std::string_view algorithm = reader.string();
  const std::string_view raw = reader.string();
  return ca.done() && type == kType && key && reader.done() && algorithm == kType &&
         key->verify(Algorithm::kEdDsa, message, raw);
}

}  // namespace sallyport::identity
