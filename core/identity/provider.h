// Asks an identity provider for its keys: where discovery says they are, or at the URL that the
// configuration names. Blocks: only on a thread made for it.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "core/config/issuer.h"
#include "core/identity/key_set.h"
#include "core/result.h"

namespace sallyport::identity {

struct Published {
  KeySet keys;
  std::optional<std::chrono::seconds> fresh_for;  // when the answer says so
};

// The key set as it is published now. `deadline` is for each document. The error says which
// document is at fault and why.
Result<Published> fetch_keys(const config::Issuer& issuer, std::chrono::milliseconds deadline,
                             const std::atomic<bool>& stop);

}  // namespace sallyport::identity
