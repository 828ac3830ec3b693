// SSH user certificates (PROTOCOL.certkeys of OpenSSH) of the broker's CA: built and signed for a
// principal, and taken apart again when an SSH client shows one. A certificate is short-lived,
// bound to the address that asked for it, names the targets it opens as principals, and carries the
// whole identity in an extension of ours, so that a session of it is like one of the token it was
// made from. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "core/identity/authenticator.h"
#include "core/identity/ssh_ca_key.h"
#include "core/identity/ssh_public_key.h"
#include "core/principal.h"
#include "core/result.h"

namespace sallyport::identity {

// Our extension: its data is what principal_json.h writes.
inline constexpr std::string_view kIdentityExtension = "identity@sallyport";

using SshOptions = std::vector<std::pair<std::string, std::string>>;  // name, data

struct SshCertificate {
  SshPublicKey key;
  std::uint64_t serial = 0;
  std::uint32_t type = 0;  // 1: user, 2: host
  std::string key_id;
  std::vector<std::string> principals;
  std::uint64_t valid_after = 0;   // seconds since 1970
  std::uint64_t valid_before = 0;  // the first second that it is over
  SshOptions critical;             // data still in its string
  SshOptions extensions;
  std::string ca;         // the CA's public key as a blob
  std::string signature;  // a blob
  std::string signed_part;
  std::string blob;
};

// The grammar only: nothing is believed yet.
Result<SshCertificate> parse_ssh_certificate(std::string_view blob);
// "ssh-ed25519-cert-v01@openssh.com AAAA… comment".
Result<SshCertificate> parse_ssh_certificate_line(std::string_view line);

struct CertificateRequest {
  SshPublicKey key;
  Principal principal;
  std::vector<std::string> targets;  // never empty
  std::string client_ip;             // of the caller, without a port
  std::uint64_t serial = 0;
  std::string nonce;  // 32 random bytes
  WallTime from{};
  WallTime until{};
};
struct MadeCertificate {
  std::string line;    // for a -cert.pub file, without a newline
  std::string key_id;  // whom it is for, for people
};
// kInvalid: names that cannot be principals, no address; kLimit: too many.
Result<MadeCertificate> make_ssh_certificate(const CertificateRequest& request, const SshCaKey& ca);

// Whom the certificate speaks for, when an SSH client at `client_ip` shows it and asks for `user`,
// or why nobody. The client still has to prove that it has the key. `authorities` are public keys
// of CAs as blobs.
std::variant<Principal, Rejection> principal_of(const SshCertificate& certificate,
                                                std::span<const std::string> authorities,
                                                WallTime now, std::string_view client_ip,
                                                std::string_view user);

}  // namespace sallyport::identity
