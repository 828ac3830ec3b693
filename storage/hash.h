// SHA-256 as the log uses it, and hexadecimal. A Hasher fetches the algorithm once and reuses its
// context, which halves the cost of a short leaf; it belongs to one thread at a time.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/command.h"
#include "core/result.h"

namespace sallyport::storage {

using Hash = Digest;  // SHA-256

class Hasher {
 public:
  Hasher();
  // Of the parts one after the other.
  Hash sum(std::initializer_list<std::string_view> parts);

 private:
  struct Free {
    void operator()(EVP_MD* algorithm) const;
    void operator()(EVP_MD_CTX* context) const;
  };
  std::unique_ptr<EVP_MD, Free> algorithm_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::string_view as_text(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

void append_hex(std::string& out, std::string_view bytes);
std::string to_hex(std::string_view bytes);
// Lower case only; nothing when it is not exactly 64 digits.
std::optional<Hash> parse_hash(std::string_view hex);

}  // namespace sallyport::storage
