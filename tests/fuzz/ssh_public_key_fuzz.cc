// SSH public keys: what is taken comes back the same from its blob, and a certificate can be made
// for it.
#include <cstdint>
#include <cstdlib>

#include "core/identity/ssh_certificate.h"
#include "core/identity/ssh_wire.h"

using namespace sallyport::identity;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto key = parse_ssh_key_blob(bytes);
  if (const auto line = parse_ssh_public_key(bytes)) key = line;
  if (!key) return 0;
  // OpenSSL tries an RSA modulus with random numbers: one that nobody made by the rules passes now
  // and fails then.
  const bool decided = key->type != "ssh-rsa";
  const auto again = parse_ssh_public_key(key->type + " " + base64_encode(key->blob()) + " me");
  if (again ? again->fingerprint() != key->fingerprint() : decided) std::abort();

  static const SshCaKey ca = SshCaKey::load(std::string(32, 'k')).value();
  CertificateRequest request;
  request.key = *key;
  request.principal.issuer = "corp";
  request.principal.subject = "alice";
  request.targets = {"crm"};
  request.client_ip = "192.0.2.7";
  const auto made = make_ssh_certificate(request, ca);
  const auto back = parse_ssh_certificate_line(made.value().line);
  if (back ? back->key.blob() != key->blob() : decided) std::abort();
  return 0;
}
