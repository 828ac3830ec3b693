// A change of `secrets.key`: everything that the key before wrapped is wrapped anew, in small
// transactions between those of the records, while the store is in use. What is left when the
// broker stops in between goes on at the next start; until the end both keys are needed. Called on
// an I/O thread; one rotation at a time.
#pragma once

#include <cstdint>
#include <memory>

#include "core/net/awaitable.h"
#include "core/result.h"
#include "storage/keys.h"

namespace sallyport::storage {

class StoreCore;

struct RotationReport {
  std::uint64_t rewrapped = 0;   // keys
  std::uint64_t unreadable = 0;  // keys that neither of the two opens: altered, or of a third key
};

// Says in the record that it begins, puts `ring` in force, wraps anew, and says that it is over.
// kNotRecorded: the store is down; to be called again, which goes on where it was.
net::Awaitable<Result<RotationReport>> rotate(std::shared_ptr<StoreCore> core, KeyRing ring);

}  // namespace sallyport::storage
