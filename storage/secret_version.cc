#include "storage/secret_version.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/config/secret.h"

namespace sallyport::storage {

bool is_secret_kind(std::string_view kind) {
  static constexpr std::array<std::string_view, 5> kKinds = {"password", "token", "private_key",
                                                             "certificate", "other"};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

// No name has a space.
std::string secret_purpose(std::string_view name, std::uint32_t version) {
  return "sallyport secret 1 " + std::string(name) + " " + std::to_string(version);
}

std::string to_text(const SecretVersion& version) {
  return version.name + " version " + std::to_string(version.version) + " " + version.kind;
}

std::optional<SecretVersion> parse_secret_version(std::string_view text) {
  constexpr std::string_view kBetween = " version ";
  const std::size_t at = text.find(kBetween);
  if (at == std::string_view::npos) return std::nullopt;
  SecretVersion out;
  out.name = text.substr(0, at);
  const char* end = text.data() + text.size();
  const auto number = std::from_chars(text.data() + at + kBetween.size(), end, out.version);
  if (number.ec != std::errc() || number.ptr == end || *number.ptr != ' ') return std::nullopt;
  out.kind = std::string_view(number.ptr + 1, static_cast<std::size_t>(end - number.ptr - 1));
  if (!config::is_secret_name(out.name) || !is_secret_kind(out.kind) || out.version == 0 ||
      to_text(out) != text)
    return std::nullopt;
  return out;
}

}  // namespace sallyport::storage
