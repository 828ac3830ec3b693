#include "core/identity/ssh_wire.h"

#include <algorithm>

#include "core/identity/base64url.h"

namespace sallyport::identity {

std::string_view SshReader::take(std::size_t size) {
  if (!ok_ || rest_.size() < size) {
    ok_ = false;
    return {};
  }
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::uint32_t SshReader::u32() {
  std::uint32_t value = 0;
  for (const char c : take(4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::uint64_t SshReader::u64() {
  const std::uint64_t high = u32();
  return high << 32 | u32();
}

std::string_view SshReader::string() {
  const std::uint32_t size = u32();
  return take(size);
}

std::string_view SshReader::positive() {
  std::string_view bytes = string();
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  // A zero byte stands in front exactly when the number would else be negative.
  if (!bytes.empty() && at(0) == 0 && bytes.size() > 1 && at(1) >= 0x80) {
    bytes.remove_prefix(1);
  } else if (bytes.empty() || at(0) == 0 || at(0) >= 0x80) {
    ok_ = false;
  }
  return ok_ ? bytes : std::string_view();
}

void append_ssh_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

void append_ssh_u64(std::string& out, std::uint64_t value) {
  append_ssh_u32(out, static_cast<std::uint32_t>(value >> 32));
  append_ssh_u32(out, static_cast<std::uint32_t>(value));
}

void append_ssh_string(std::string& out, std::string_view bytes) {
  append_ssh_u32(out, static_cast<std::uint32_t>(bytes.size()));
  out.append(bytes);
}

// The two alphabets differ in two characters; the padding says nothing.
std::string base64_encode(std::string_view bytes) {
  std::string text = base64url_encode(bytes);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0 || text.find_first_of("-_") != std::string_view::npos)
    return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  std::string url(text.substr(0, text.size() - padding));
  std::replace(url.begin(), url.end(), '+', '-');
  std::replace(url.begin(), url.end(), '/', '_');
  return base64url_decode(url);
}

}  // namespace sallyport::identity
