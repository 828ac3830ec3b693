// SSH certificates: whatever is claimed, nothing that our CA did not sign speaks for anybody, and
// what is signed says the same to every reader of it.
#include <cstdint>
#include <cstdlib>

#include "core/identity/address_list.h"
#include "core/identity/ssh_certificate.h"

using namespace sallyport;
using namespace sallyport::identity;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const SshCaKey ca = SshCaKey::load(std::string(32, 'k')).value();
  static const std::vector<std::string> authorities = {ca.public_blob()};
  address_in_list("192.0.2.7", bytes);
  auto certificate = parse_ssh_certificate(bytes);
  if (const auto line = parse_ssh_certificate_line(bytes)) certificate = line;
  if (!certificate) return 0;
  const auto verdict = principal_of(*certificate, authorities, WallTime{}, "192.0.2.7", "crm");
  if (std::holds_alternative<Principal>(verdict)) std::abort();
  // The same content with a right signature: then every check after it is reached.
  certificate->ca = ca.public_blob();
  certificate->signature = ca.sign(certificate->signed_part).value();
  const WallTime now{std::chrono::seconds(certificate->valid_after % 4'000'000'000)};
  const auto signed_verdict = principal_of(*certificate, authorities, now, "192.0.2.7", "crm");
  const auto* who = std::get_if<Principal>(&signed_verdict);
  if (who != nullptr && (who->subject.empty() || certificate->type != 1)) std::abort();
  return 0;
}
