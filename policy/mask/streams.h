// Streams that mask a text in each of the formats of core/masking.h. Pure.
#pragma once

#include <memory>

#include "core/masking.h"
#include "policy/mask/masker.h"
#include "policy/mask/pointers.h"

namespace sallyport::mask {

struct Rules {
  Masker masker;
  Pointers pointers;
};
// Shared by a masking and its open streams.
using SharedRules = std::shared_ptr<const Rules>;

std::unique_ptr<MaskStream> open_plain(SharedRules rules);
std::unique_ptr<MaskStream> open_json(SharedRules rules);
std::unique_ptr<MaskStream> open_form(SharedRules rules);
std::unique_ptr<MaskStream> open_events(SharedRules rules);

}  // namespace sallyport::mask
