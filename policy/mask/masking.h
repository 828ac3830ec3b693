// The masking engine behind the port of core/masking.h: detectors, named patterns and JSON pointers
// over a text in any of its formats. Pure.
#pragma once

#include <memory>
#include <vector>

#include "core/masking.h"
#include "policy/mask/masker.h"
#include "policy/mask/pointers.h"

namespace sallyport::mask {

std::shared_ptr<const Masking> make_masking(Masker masker);

// With pointers, only JSON and event streams are covered. The error's detail says which pointer is
// wrong, and how; or that one hashes and the masker was made without a key.
Result<std::shared_ptr<const Masking>> make_masking(Masker masker,
                                                    const std::vector<Pointer>& pointers);

}  // namespace sallyport::mask
