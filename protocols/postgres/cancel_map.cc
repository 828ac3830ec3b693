#include "protocols/postgres/cancel_map.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "core/insist.h"

namespace sallyport::postgres {
namespace {

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  require_memory(
      RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1);
  return out;
}

// Looks like a process id: positive.
std::uint32_t random_process() {
  std::uint32_t out = 0;
  for (const char c : random_bytes(4)) out = out << 8 | static_cast<std::uint8_t>(c);
  return (out & 0x7fff'ffff) | 1;
}

}  // namespace

CancelMap::Place::~Place() {
  std::lock_guard lock(map_.mutex_);
  map_.entries_.erase(key_.process);
}

std::unique_ptr<CancelMap::Place> CancelMap::add(Running running, std::size_t secret_bytes) {
  Entry entry{random_bytes(secret_bytes), std::move(running)};
  CancelKey key{0, entry.secret};
  std::lock_guard lock(mutex_);
  do {
    key.process = random_process();
  } while (entries_.contains(key.process));
  auto place = std::make_unique<Place>(*this, key);
  entries_.emplace(key.process, std::move(entry));
  return place;
}

std::optional<CancelMap::Running> CancelMap::find(const CancelKey& shown) const {
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(shown.process);
  if (found == entries_.end()) return std::nullopt;
  const std::string& secret = found->second.secret;
  if (secret.size() != shown.secret.size() ||
      CRYPTO_memcmp(secret.data(), shown.secret.data(), secret.size()) != 0)
    return std::nullopt;
  return found->second.running;
}

}  // namespace sallyport::postgres
