// The form of a token exchange (RFC 8693 §2.1) taken apart. Pure: bytes from the network in, values
// or an OAuth error out.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sallyport::identity {

// What can be asked for (RFC 8693 §3).
inline constexpr std::string_view kTicketType = "urn:sallyport:token-type:ticket";
inline constexpr std::string_view kCertificateType = "urn:sallyport:token-type:ssh-certificate";

// An error of the token endpoint (RFC 6749 §5.2). The description never says what was wrong with a
// credential, and never repeats what was sent.
struct OAuthError {
  std::string code;
  std::string description;
};

struct TokenRequest {
  std::string subject_token;
  bool certificate = false;  // an SSH certificate is wanted, else a ticket
  std::string audience;      // a target's name or URL; empty: not one target
  std::string role;          // of `scope`; empty: all of the identity's
  std::optional<std::uint32_t> uses;
  std::optional<std::chrono::seconds> lifetime;
  std::string ssh_public_key;  // one line of an authorized_keys file
};

// Refused: a parameter that stands twice (RFC 6749 §3.2), another grant, a kind of token that is
// not taken or made here, a delegation by `actor_token`, numbers out of their form. Parameters
// without a value count as left out and unknown ones are ignored, as RFC 6749 §3.2 says.
std::variant<TokenRequest, OAuthError> parse_token_request(std::string_view form);

// The target that `audience` names: a name as it is, or the URL of a target at this broker,
// `https://BROKER/TARGET` or `https://TARGET.BASE_DOMAIN`. `base_url` is the broker's own without a
// slash at its end. Empty: the broker itself, which is no one target. Nothing: somebody else's URL.
std::optional<std::string> target_of(std::string_view audience, std::string_view base_url,
                                     std::string_view base_domain);

}  // namespace sallyport::identity
