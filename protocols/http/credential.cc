#include "protocols/http/credential.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace sallyport::http {
namespace {

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

// RFC 3986 §2.3: everything but unreserved characters is escaped.
std::string percent_encoded(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : bytes) {
    const auto b = static_cast<unsigned char>(c);
    const bool plain = (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') ||
                       b == '-' || b == '.' || b == '_' || b == '~';
    if (plain) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kHex[b >> 4]);
      out.push_back(kHex[b & 15]);
    }
  }
  return out;
}

// A secret with a line break in it would forge further fields (RFC 9110 §5.5).
bool fits_a_field(std::string_view value) {
  for (const char c : value) {
    const auto b = static_cast<unsigned char>(c);
    if ((b < 0x20 && b != '\t') || b == 0x7f) return false;
  }
  return !value.empty();
}

}  // namespace

Result<Credential> make_credential(const CredentialForm& form, config::SecretBytes secret) {
  Credential made;
  switch (form.place) {
    case CredentialPlace::kHeader:
      made.name = form.name;
      made.value = std::move(secret);
      break;
    case CredentialPlace::kBasic: {
      // RFC 7617 §2.
      std::string pair = form.name + ":" + std::string(secret.view());
      made.name = "Authorization";
      made.value = config::SecretBytes("Basic " + base64(pair));
      OPENSSL_cleanse(pair.data(), pair.size());
      break;
    }
    case CredentialPlace::kQuery:
      made.in_query = true;
      made.name = form.name;
      made.value = config::SecretBytes(percent_encoded(secret.view()));
      break;
  }
  if (!fits_a_field(made.value.view()))
    return Error{ErrorCode::kInvalid, "it is empty or has control characters in it"};
  return made;
}

}  // namespace sallyport::http
