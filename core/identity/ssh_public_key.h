// Public keys of SSH users (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4, PROTOCOL.u2f of OpenSSH):
// what a certificate may be made for. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::identity {

struct SshPublicKey {
  std::string type;    // "ssh-ed25519" …
  std::string fields;  // of the blob, without the type in front

  std::string blob() const;
  // "SHA256:…", as ssh-keygen -l prints it.
  std::string fingerprint() const;
};

// "ssh-ed25519 AAAA… comment": a line of a `.pub` file, without options in front. Refused: other
// types (DSA, certificates), RSA below 2048 bits, points that are not on their curve, anything that
// is left over.
Result<SshPublicKey> parse_ssh_public_key(std::string_view line);
Result<SshPublicKey> parse_ssh_key_blob(std::string_view blob);
// The fields of a key of this type at the front of `rest`, checked; how many bytes they are.
Result<std::size_t> ssh_key_fields(std::string_view type, std::string_view rest);

std::string ssh_fingerprint(std::string_view blob);

}  // namespace sallyport::identity
