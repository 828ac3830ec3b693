// The masking engine behind the port of core/masking.h: detectors and named patterns over a text in
// any of its formats. Pure.
#pragma once

#include <memory>

#include "core/masking.h"
#include "policy/mask/masker.h"

namespace sallyport::mask {

std::shared_ptr<const Masking> make_masking(Masker masker);

}  // namespace sallyport::mask
