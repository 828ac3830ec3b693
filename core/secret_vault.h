// The port to the sealed secrets (implemented in storage/): what `secret:NAME` refers to.
// Thread-safe; never blocks.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/config/secret.h"
#include "core/result.h"

namespace sallyport {

struct OpenedSecret {
  config::SecretBytes value;
  std::uint32_t version = 0;  // counts from 1 with each `secret set`
};

class SecretVault {
 public:
  virtual ~SecretVault() = default;
  // The newest version in clear. kNotFound: no secret has this name; kUnauthenticated: it cannot be
  // unsealed with the key at hand. Never an older version in its place.
  virtual Result<OpenedSecret> open(std::string_view name) const = 0;
};

}  // namespace sallyport
