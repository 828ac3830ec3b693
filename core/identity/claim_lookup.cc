#include "core/identity/claim_lookup.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace sallyport::identity {
namespace {

using nlohmann::json;

// RFC 6901 §4: decimal, without leading zeros.
const json* element(const json& list, std::string_view step) {
  std::size_t position = 0;
  const char* end = step.data() + step.size();
  const auto [rest, error] = std::from_chars(step.data(), end, position);
  const bool plain = error == std::errc() && rest == end && (step.size() == 1 || step[0] != '0');
  return plain && position < list.size() ? &list[position] : nullptr;
}

const json* member(const json& object, const std::string& step) {
  const auto found = object.find(step);
  return found == object.end() ? nullptr : &*found;
}

// A text is no number and a number no truth value, however they are written.
bool equals(const json& claim, const json& value) {
  const bool same_kind = claim.is_number() ? value.is_number() : claim.type() == value.type();
  return same_kind && claim == value;
}

}  // namespace

const json* find_claim(const json& claims, const config::ClaimPath& path) {
  const json* at = &claims;
  for (const std::string& step : path) {
    if (at->is_object()) {
      at = member(*at, step);
    } else if (at->is_array()) {
      at = element(*at, step);
    } else {
      at = nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

bool has_required(const json& claims, const config::RequiredClaim& required) {
  const json* claim = find_claim(claims, required.path);
  if (claim == nullptr) return false;
  return std::any_of(required.values.begin(), required.values.end(), [&](const auto& one) {
    const json value = std::visit([](const auto& held) { return json(held); }, one);
    if (!claim->is_array()) return equals(*claim, value);
    return std::any_of(claim->begin(), claim->end(),
                       [&](const json& item) { return equals(item, value); });
  });
}

std::string to_string(const config::ClaimPath& path) {
  if (path.size() == 1) return path.front();
  std::string text;
  for (const std::string& step : path) text += "/" + step;
  return text;
}

}  // namespace sallyport::identity
