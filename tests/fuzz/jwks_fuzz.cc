// Key sets: no input upsets the reader, no key is without a name, and what is a set is itself.
#include <cstdint>
#include <cstdlib>

#include "core/identity/key_set.h"
#include "core/identity/limits.h"

using namespace sallyport;
using namespace sallyport::identity;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<KeySet> set = KeySet::parse(text);
  if (!set) return 0;
  if (set->keys().empty() || set->keys().size() > kKeys || !set->same_keys(*set)) std::abort();
  for (const KeySet::Key& key : set->keys()) {
    if (key.thumbprint.size() != 43 || !set->holds(key.thumbprint)) std::abort();
    for (const Algorithm algorithm : default_algorithms()) {
      const Result<const KeySet::Key*> found = set->find(key.kid, algorithm);
      if (found && (*found)->key.type() != key_type(algorithm)) std::abort();
      if (found && (*found)->key.verify(algorithm, "message", "signature")) std::abort();
    }
  }
  return 0;
}
