// Screens with the real engine and the real guard, for tests.
#pragma once

#include <stdexcept>

#include "core/secrets/echo_guard.h"
#include "policy/mask/masking.h"
#include "protocols/http/screen.h"

namespace sallyport::http::test {

inline constexpr std::string_view kSecret = "the-target-secret";
inline constexpr std::string_view kCard = "4111111111111111";

// All detectors; the values at `pointers` as well.
inline std::shared_ptr<const Masking> masking(const std::vector<std::string>& pointers = {}) {
  Result<mask::Masker> masker = mask::Masker::make({});
  if (!masker) throw std::runtime_error(masker.error().detail);
  std::vector<mask::Pointer> wanted;
  for (const std::string& pointer : pointers) wanted.push_back({pointer, MaskStyle::kRedact});
  auto made = mask::make_masking(std::move(*masker), wanted);
  if (!made) throw std::runtime_error(made.error().detail);
  return *made;
}

inline Screen guarding() {
  Screen screen;
  screen.guard = secrets::make_echo_guard(kSecret);
  screen.tag_mark = "-sp00c0ffee";
  screen.guard_reach = 100;
  return screen;
}

inline Screen masking_screen(const std::vector<std::string>& pointers = {}) {
  Screen screen = guarding();
  screen.masks = masking(pointers);
  return screen;
}

}  // namespace sallyport::http::test
