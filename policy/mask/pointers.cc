#include "policy/mask/pointers.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/mask/limits.h"
#include "policy/mask/text.h"

namespace sallyport::mask {
namespace {

Error wrong(const Pointer& pointer, std::string_view what) {
  return {ErrorCode::kInvalid, fmt::format("JSON pointer '{}' {}", pointer.text, what)};
}

// ~1 is a slash and ~0 a tilde (RFC 6901 §4); false for any other tilde.
bool decode_token(std::string_view token, std::string& out) {
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out.push_back(token[i]);
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) return false;
    out.push_back(token[i] == '0' ? '~' : '/');
  }
  return true;
}

// The name of a value in `hash` tokens, as of detectors.
std::string hash_name(const std::string& token) {
  const bool fits = !token.empty() && token.size() <= 64 && is_letter(token[0]) &&
                    std::ranges::all_of(token, [](char c) { return is_word(c) || c == '-'; });
  return fits ? token : "value";
}

}  // namespace

Result<Pointers::Compiled> Pointers::parse(const Pointer& pointer) {
  const std::string_view text = pointer.text;
  Compiled out;
  out.style = pointer.style;
  if (text.size() > kPointerBytes)
    return wrong(pointer, fmt::format("is longer than {} bytes", kPointerBytes));
  if (!text.empty() && text[0] != '/')
    return wrong(pointer, "does not begin with '/', as in /customers/*/salary");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('/', at + 1), text.size());
    const std::string_view token = text.substr(at + 1, end - at - 1);
    std::string decoded;
    if (!decode_token(token, decoded))
      return wrong(pointer, "has a '~' that is neither ~0 (for ~) nor ~1 (for /)");
    out.any.push_back(token == "*");
    out.tokens.push_back(std::move(decoded));
    at = end;
  }
  if (out.tokens.size() > kPointerDepth)
    return wrong(pointer, fmt::format("has more than {} reference tokens", kPointerDepth));
  out.name = hash_name(out.tokens.empty() ? std::string() : out.tokens.back());
  return out;
}

Result<Pointers> Pointers::make(const std::vector<Pointer>& pointers) {
  if (pointers.size() > kPointers)
    return Error{ErrorCode::kLimit, fmt::format("there can be {} JSON pointers", kPointers)};
  Pointers out;
  for (const Pointer& pointer : pointers) {
    auto compiled = parse(pointer);
    if (!compiled) return compiled.error();
    for (const std::string& token : compiled->tokens)
      out.longest_name_ = std::max(out.longest_name_, token.size());
    out.pointers_.push_back(std::move(*compiled));
  }
  return out;
}

bool Pointers::hashes() const {
  return std::ranges::any_of(
      pointers_, [](const Compiled& pointer) { return pointer.style == MaskStyle::kHash; });
}

Pointers::Set Pointers::all() const {
  return pointers_.size() < kPointers ? (Set{1} << pointers_.size()) - 1 : ~Set{0};
}

Pointers::Set Pointers::into_member(Set parents, std::size_t depth, std::string_view name) const {
  Set out = 0;
  if (parents == 0) return out;
  for (std::size_t i = 0; i < pointers_.size(); ++i) {
    const Compiled& pointer = pointers_[i];
    if ((parents >> i & 1) == 0 || depth >= pointer.tokens.size()) continue;
    if (pointer.any[depth] || pointer.tokens[depth] == name) out |= Set{1} << i;
  }
  return out;
}

Pointers::Set Pointers::into_element(Set parents, std::size_t depth, std::size_t index) const {
  return parents == 0 ? 0 : into_member(parents, depth, std::to_string(index));
}

bool Pointers::ends(Set set, std::size_t depth, Target& target) const {
  bool found = false;
  if (set == 0) return found;
  for (std::size_t i = 0; i < pointers_.size(); ++i) {
    const Compiled& pointer = pointers_[i];
    if ((set >> i & 1) == 0 || pointer.tokens.size() != depth) continue;
    if (!found || pointer.style > target.style) target = {pointer.name, pointer.style};
    found = true;
  }
  return found;
}

}  // namespace sallyport::mask
