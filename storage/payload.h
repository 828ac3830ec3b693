// One payload row: bytes of a command, compressed when that helps, encrypted with the session's
// key, and hashed with a salt of its own for the leaf that names it. Pure but for randomness; any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "core/result.h"
#include "storage/keys.h"
#include "storage/leaf.h"

namespace sallyport::storage {

// Where a payload belongs; authenticated with it, so that a row cannot pass for another.
struct PayloadPlace {
  std::uint64_t id = 0;
  SessionId session;
  std::uint32_t seq = 0;
  std::string stream;
  std::uint64_t offset_us = 0;  // since the session was opened
};

struct SealedPayload {
  PayloadPlace place;
  std::uint64_t size = 0;  // of the plaintext
  std::string salt;
  std::uint32_t key_id = 1;
  std::string algorithm;  // "A256GCM" or "A256GCM+zstd"
  std::string blob;
  Hash hmac{};  // of the plaintext; in the leaf, not in the row
};

Result<SealedPayload> seal_payload(PayloadPlace place, std::string_view plaintext,
                                   const SecretKey& session_key, const HmacKey& hmac);
// The plaintext; fills in `hmac`. kUnauthenticated: the row was altered or the key is another.
Result<std::string> open_payload(SealedPayload& payload, const SecretKey& session_key,
                                 const HmacKey& hmac);
PayloadRef reference_to(const SealedPayload& payload);

// Makes what sealing keeps per thread; called as a thread begins, because the C library ends the
// process when it has no memory to note that a thread keeps something.
void prepare_thread();

// The purpose a session's key is wrapped for.
std::string session_key_purpose(const SessionId& session, std::uint32_t key_id);
inline constexpr std::string_view kHmacKeyPurpose = "sallyport payload hmac 1";

}  // namespace sallyport::storage
