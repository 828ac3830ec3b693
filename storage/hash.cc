#include "storage/hash.h"

#include <openssl/evp.h>

#include "core/insist.h"

namespace sallyport::storage {
namespace {

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

void Hasher::Free::operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
void Hasher::Free::operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }

Hasher::Hasher()
    : algorithm_(allocated(EVP_MD_fetch(nullptr, "SHA256", nullptr))),
      context_(allocated(EVP_MD_CTX_new())) {}

Hash Hasher::sum(std::initializer_list<std::string_view> parts) {
  Hash out;
  bool ok = EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1;
  for (std::string_view part : parts)
    ok = ok && EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1;
  ok = ok && EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1;
  require_memory(ok);
  return out;
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (char c : bytes) {
    auto b = static_cast<unsigned char>(c);
    out.push_back(kDigits[b >> 4]);
    out.push_back(kDigits[b & 15]);
  }
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  append_hex(out, bytes);
  return out;
}

std::optional<Hash> parse_hash(std::string_view hex) {
  Hash out;
  if (hex.size() != out.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < out.size(); ++i) {
    int high = nibble(hex[2 * i]);
    int low = nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return out;
}

}  // namespace sallyport::storage
