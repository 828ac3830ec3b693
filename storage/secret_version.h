// One version of a sealed secret as the record names it: in the `before` and `after` of a change of
// kind "secret", "crm version 2 token". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::storage {

inline constexpr std::string_view kSecretChange = "secret";
// The event that a session begins to use a credential: session, target, reference, version.
inline constexpr std::string_view kCredentialInjected = "cred.injected";

struct SecretVersion {
  std::string name;
  std::uint32_t version = 0;  // from 1
  std::string kind;
};

bool is_secret_kind(std::string_view kind);

// What the key and the bytes of a version are authenticated with.
std::string secret_purpose(std::string_view name, std::uint32_t version);

std::string to_text(const SecretVersion& version);
std::optional<SecretVersion> parse_secret_version(std::string_view text);

}  // namespace sallyport::storage
