#include "storage/payload.h"

#include <openssl/rand.h>
#include <zstd.h>

#include <array>

#include "core/insist.h"
#include "storage/limits.h"

namespace sallyport::storage {
namespace {

constexpr std::size_t kSalt = 16;
constexpr std::string_view kPlain = "A256GCM";
constexpr std::string_view kCompressed = "A256GCM+zstd";

void append_number(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

// Drawn many at a time: a draw costs the same for any number of them.
std::string next_salt() {
  constexpr std::size_t kAtOnce = 64 * kSalt;
  thread_local std::array<unsigned char, kAtOnce> drawn;
  thread_local std::size_t used = kAtOnce;
  if (used == kAtOnce) {
    require_memory(RAND_bytes(drawn.data(), kAtOnce) == 1);
    used = 0;
  }
  std::string out(reinterpret_cast<const char*>(drawn.data()) + used, kSalt);
  used += kSalt;
  return out;
}

std::string additional_data(const SealedPayload& payload) {
  const PayloadPlace& place = payload.place;
  std::string out = "sallyport payload 1";
  out.append(reinterpret_cast<const char*>(place.session.bytes().data()),
             place.session.bytes().size());
  append_number(out, place.id);
  append_number(out, place.seq);
  append_number(out, place.offset_us);
  append_number(out, payload.size);
  append_number(out, payload.key_id);
  append_number(out, payload.algorithm.size());
  out += payload.algorithm;
  out += place.stream;
  return out;
}

// Ids are never given out twice in the life of a store, so nonces are not used twice under one key.
std::string nonce_of(std::uint64_t id) {
  std::string out(4, '\0');
  append_number(out, id);
  return out;
}

// Empty when compression does not make it smaller.
std::string compress(std::string_view plaintext) {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  thread_local std::unique_ptr<ZSTD_CCtx, Free> context(allocated(ZSTD_createCCtx()));
  std::string out(ZSTD_compressBound(plaintext.size()), '\0');
  std::size_t n = ZSTD_compressCCtx(context.get(), out.data(), out.size(), plaintext.data(),
                                    plaintext.size(), 1);
  if (ZSTD_isError(n) != 0 || n >= plaintext.size()) return {};
  out.resize(n);
  return out;
}

Result<std::string> decompress(std::string_view compressed, std::uint64_t size) {
  Error bad{ErrorCode::kMalformed, "a payload does not decompress to its size"};
  if (size > kChunkBytes) return bad;
  std::string out(size, '\0');
  std::size_t n = ZSTD_decompress(out.data(), out.size(), compressed.data(), compressed.size());
  if (ZSTD_isError(n) != 0 || n != size) return bad;
  return out;
}

}  // namespace

Result<SealedPayload> seal_payload(PayloadPlace place, std::string_view plaintext,
                                   const SecretKey& session_key, const HmacKey& hmac) {
  SealedPayload out;
  out.place = std::move(place);
  out.size = plaintext.size();
  out.salt = next_salt();
  out.hmac = hmac.sum({out.salt, plaintext});
  std::string compressed = plaintext.size() >= kCompressFrom ? compress(plaintext) : std::string();
  out.algorithm = compressed.empty() ? kPlain : kCompressed;
  auto sealed = gcm_seal(session_key, nonce_of(out.place.id), additional_data(out),
                         compressed.empty() ? plaintext : compressed);
  if (!sealed) return sealed.error();
  out.blob = std::move(*sealed);
  return out;
}

Result<std::string> open_payload(SealedPayload& payload, const SecretKey& session_key,
                                 const HmacKey& hmac) {
  auto opened =
      gcm_open(session_key, nonce_of(payload.place.id), additional_data(payload), payload.blob);
  if (!opened) return opened.error();
  if (payload.algorithm == kCompressed) {
    opened = decompress(*opened, payload.size);
    if (!opened) return opened.error();
  }
  if (opened->size() != payload.size)
    return Error{ErrorCode::kMalformed, "a payload is not as long as it says"};
  payload.hmac = hmac.sum({payload.salt, *opened});
  return opened;
}

void prepare_thread() {
  const SecretKey key = SecretKey::random();
  auto sealed = seal_payload({}, std::string(kCompressFrom, '\0'), key, HmacKey(key));
  require_memory(sealed.ok());
}

PayloadRef reference_to(const SealedPayload& payload) {
  return {payload.place.id, payload.place.stream, payload.size, payload.hmac};
}

std::string session_key_purpose(const SessionId& session, std::uint32_t key_id) {
  return "sallyport session key 1 " + session.to_string() + " " + std::to_string(key_id);
}

}  // namespace sallyport::storage
