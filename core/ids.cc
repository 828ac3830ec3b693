#include "core/ids.h"

#include <openssl/rand.h>

#include <cstring>

#include "core/insist.h"

namespace sallyport {
namespace {

constexpr std::array<std::size_t, 4> kDashes = {8, 13, 18, 23};

bool is_dash(std::size_t at) {
  for (std::size_t d : kDashes)
    if (d == at) return true;
  return false;
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

SessionId SessionId::make(std::int64_t unix_ms) {
  SessionId id;
  require_memory(RAND_bytes(id.bytes_.data(), static_cast<int>(id.bytes_.size())) == 1);
  auto ms = static_cast<std::uint64_t>(unix_ms);
  for (std::size_t i = 0; i < 6; ++i) id.bytes_[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
  id.bytes_[6] = static_cast<std::uint8_t>((id.bytes_[6] & 0x0f) | 0x70);
  id.bytes_[8] = static_cast<std::uint8_t>((id.bytes_[8] & 0x3f) | 0x80);
  return id;
}

Result<SessionId> SessionId::parse(std::string_view text) {
  const Error bad{ErrorCode::kMalformed,
                  "a session id is 36 characters like "
                  "01890a5d-ac96-774b-bcce-b302099a8057"};
  if (text.size() != 36) return bad;
  SessionId id;
  std::size_t digit = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash(i)) {
      if (text[i] != '-') return bad;
      continue;
    }
    int v = nibble(text[i]);
    if (v < 0) return bad;
    auto& byte = id.bytes_[digit / 2];
    byte = static_cast<std::uint8_t>(digit % 2 == 0 ? v << 4 : byte | v);
    ++digit;
  }
  return id;
}

std::string SessionId::to_string() const {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (std::uint8_t b : bytes_) {
    if (is_dash(out.size())) out.push_back('-');
    out.push_back(kHex[b >> 4]);
    out.push_back(kHex[b & 15]);
  }
  return out;
}

}  // namespace sallyport

std::size_t std::hash<sallyport::SessionId>::operator()(
    const sallyport::SessionId& id) const noexcept {
  std::size_t h;
  std::memcpy(&h, id.bytes().data() + 8, sizeof h);
  return h;
}
