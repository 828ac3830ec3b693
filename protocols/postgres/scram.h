// SCRAM-SHA-256 and -PLUS from the client's side (RFC 5802, RFC 7677, PostgreSQL §55.3.1): proves
// that we know the password without sending it, and that the server knows it, too. Pure but for the
// random nonce, which the caller brings.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/config/secret.h"
#include "core/result.h"

namespace sallyport::postgres {

using ScramKey = std::array<std::uint8_t, 32>;

// What a password, a salt and an iteration count come to; wiped when it goes away.
struct ScramKeys {
  ScramKey client{};
  ScramKey server{};
  ScramKeys() = default;
  ScramKeys(const ScramKeys&) = delete;
  ScramKeys& operator=(const ScramKeys&) = delete;
  ~ScramKeys();
};

// Deriving takes milliseconds, and a server's salt stays: keys are kept by a digest of all they
// come from. Thread-safe.
class ScramKeyCache {
 public:
  std::shared_ptr<const ScramKeys> get(std::string_view password, std::string_view salt,
                                       std::uint32_t iterations);

 private:
  std::mutex mutex_;
  // Shared with the logins that use them.
  std::unordered_map<std::string, std::shared_ptr<const ScramKeys>> keys_;
};

class ScramClient {
 public:
  // `channel_binding` is tls-server-end-point; empty: without it. `could_bind` says then that this
  // is only because the server does not offer it, which a server that does takes for somebody in
  // between (RFC 5802 §6). `nonce` is 18 random bytes or more. Passwords are used as they are, as
  // libpq does with what SASLprep does not change.
  ScramClient(std::string nonce, std::string channel_binding, bool could_bind,
              ScramKeyCache& cache);

  std::string_view mechanism() const;
  std::string first() const;
  // The answer to the server's first message.
  Result<std::string> answer(std::string_view server_first, std::string_view password);
  // kUnauthenticated: the server does not know the password.
  Result<void> verify(std::string_view server_final) const;

 private:
  std::string header() const;  // gs2-header

  const std::string nonce_;
  const std::string binding_;
  const bool could_bind_;
  ScramKeyCache& cache_;
  std::shared_ptr<const ScramKeys> keys_;  // shared with the cache
  std::string messages_;                   // AuthMessage
};

}  // namespace sallyport::postgres
