#include "core/identity/digest.h"

#include <openssl/evp.h>

#include <memory>

#include "core/identity/base64url.h"
#include "core/insist.h"

namespace sallyport::identity {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};

// Fetched once: looking the implementation up costs more than hashing a token. Out of memory it is
// fetched again the next time.
const EVP_MD* implementation() {
  static const std::unique_ptr<EVP_MD, FreeDigest> kFetched(
      allocated(EVP_MD_fetch(nullptr, "SHA256", nullptr)));
  return kFetched.get();
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> kContext(allocated(EVP_MD_CTX_new()));
  Sha256 digest{};
  unsigned length = 0;
  const bool done = EVP_DigestInit_ex2(kContext.get(), implementation(), nullptr) == 1 &&
                    EVP_DigestUpdate(kContext.get(), bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(kContext.get(), digest.data(), &length) == 1;
  require_memory(done && length == digest.size());
  return digest;
}

std::string to_hex(const Sha256& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0F];
  }
  return text;
}

std::string to_base64url(const Sha256& digest) {
  return base64url_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace sallyport::identity
