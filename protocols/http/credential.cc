#include "protocols/http/credential.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "protocols/http/serve_limits.h"

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

CredentialSource::CredentialSource(CredentialPlace place, std::string name,
                                   config::SecretReference secret)
    : place_(place), name_(std::move(name)), secret_(std::move(secret)) {}

Result<std::shared_ptr<const Credential>> CredentialSource::current(MonoTime now) const {
  std::lock_guard lock(mutex_);
  if (kept_ && now < kept_until_) return kept_;
  kept_.reset();
  Result<std::shared_ptr<const Credential>> fetched = fetch();
  if (fetched) {
    kept_ = *fetched;
    kept_until_ = now + kCredentialKept;
  }
  return fetched;
}

Result<std::shared_ptr<const Credential>> CredentialSource::fetch() const {
  Result<config::SecretBytes> secret = secret_.resolve();
  if (!secret) return secret.error();
  auto made = std::make_shared<Credential>();
  switch (place_) {
    case CredentialPlace::kHeader:
      made->name = name_;
      made->value = std::move(*secret);
      break;
    case CredentialPlace::kBasic: {
      // RFC 7617 §2.
      std::string pair = name_ + ":" + std::string(secret->view());
      made->name = "Authorization";
      made->value = config::SecretBytes("Basic " + base64(pair));
      OPENSSL_cleanse(pair.data(), pair.size());
      break;
    }
    case CredentialPlace::kQuery:
      made->in_query = true;
      made->name = name_;
      made->value = config::SecretBytes(percent_encoded(secret->view()));
      break;
  }
  if (!fits_a_field(made->value.view())) {
    return Error{ErrorCode::kInvalid,
                 "the secret " + secret_.name() + " is empty or has control characters in it"};
  }
  return std::shared_ptr<const Credential>(std::move(made));
}

}  // namespace sallyport::http
