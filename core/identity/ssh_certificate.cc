#include "core/identity/ssh_certificate.h"

#include <algorithm>

#include "core/identity/address_list.h"
#include "core/identity/digest.h"
#include "core/identity/limits.h"
#include "core/identity/principal_json.h"
#include "core/identity/ssh_wire.h"

namespace sallyport::identity {
namespace {

constexpr std::string_view kSuffix = "-cert-v01@openssh.com";
constexpr std::string_view kVendor = "@openssh.com";
constexpr std::uint32_t kUser = 1;
constexpr std::string_view kSourceAddress = "source-address";

Error malformed(const std::string& why) {
  return {ErrorCode::kMalformed, "the SSH certificate " + why};
}

// "sk-ssh-ed25519@openssh.com" and "sk-ssh-ed25519-cert-v01@openssh.com" are of one key.
std::string certificate_type(std::string_view key_type) {
  if (key_type.ends_with(kVendor)) key_type.remove_suffix(kVendor.size());
  return std::string(key_type) + std::string(kSuffix);
}

std::string key_type_of(std::string_view certificate_type) {
  std::string type(certificate_type.substr(0, certificate_type.size() - kSuffix.size()));
  return type.starts_with("sk-") ? type + std::string(kVendor) : type;
}

// A name that can stand in a list of principals and on a terminal.
bool is_principal(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytes &&
         std::none_of(name.begin(), name.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte <= 0x20 || byte == 0x7F || byte == ',';
         });
}

Result<std::vector<std::string>> read_principals(std::string_view packed) {
  SshReader reader(packed);
  std::vector<std::string> out;
  while (reader.ok() && !reader.rest().empty()) {
    out.emplace_back(reader.string());
    if (out.size() > kCertificatePrincipals) return malformed("names too many principals");
  }
  if (!reader.ok()) return malformed("has a broken list of principals");
  return out;
}

// Names in rising order, each once.
Result<SshOptions> read_options(std::string_view packed) {
  SshReader reader(packed);
  SshOptions out;
  while (reader.ok() && !reader.rest().empty()) {
    std::string name(reader.string());
    std::string data(reader.string());
    if (!out.empty() && name <= out.back().first) return malformed("has options out of order");
    if (out.size() == kCertificateOptions) return malformed("has too many options");
    out.emplace_back(std::move(name), std::move(data));
  }
  if (!reader.ok()) return malformed("has a broken list of options");
  return out;
}

std::string in_string(std::string_view bytes) {
  std::string out;
  append_ssh_string(out, bytes);
  return out;
}

void append_option(std::string& out, std::string_view name, std::string_view data) {
  append_ssh_string(out, name);
  append_ssh_string(out, data);
}

const std::string* find_option(const SshOptions& options, std::string_view name) {
  for (const auto& [known, data] : options)
    if (known == name) return &data;
  return nullptr;
}

// What a person reads in `ssh-keygen -L` and in sshd's log: who, and on whose hands.
std::string readable(const Principal& principal) {
  std::string out = principal.issuer + "/" + principal.subject;
  for (const std::string& actor : principal.actors) out += " by " + actor;
  return out;
}

std::uint64_t seconds(WallTime time) {
  const auto count = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, count));
}

// The address list of source-address, or nothing when the option is not well-formed.
std::optional<std::string_view> address_list(const std::string& data) {
  SshReader reader(data);
  const std::string_view list = reader.string();
  if (!reader.done()) return std::nullopt;
  return list;
}

// Why a critical option refuses this client; empty: none does. One we do not know always does
// (PROTOCOL.certkeys: "must refuse").
std::string critical_problem(const SshOptions& critical, std::string_view client_ip) {
  for (const auto& [name, data] : critical) {
    if (name != kSourceAddress) return "the certificate has a critical option that is not known";
    const std::optional<std::string_view> list = address_list(data);
    if (!list || !address_in_list(client_ip, *list))
      return "the certificate is for another source address";
  }
  return {};
}

}  // namespace

Result<SshCertificate> parse_ssh_certificate(std::string_view blob) {
  if (blob.size() > kCertificateBytes) return malformed("is too long");
  SshReader reader(blob);
  const std::string_view type = reader.string();
  if (!reader.ok() || !type.ends_with(kSuffix)) return malformed("is none");
  SshCertificate out;
  out.blob = blob;
  out.key.type = key_type_of(type);
  if (certificate_type(out.key.type) != type) return malformed("is of a type that is not known");
  reader.string();  // the nonce
  const Result<std::size_t> used = ssh_key_fields(out.key.type, reader.rest());
  if (!used) return used.error();
  out.key.fields = reader.rest().substr(0, *used);
  reader = SshReader(reader.rest().substr(*used));
  out.serial = reader.u64();
  out.type = reader.u32();
  out.key_id = reader.string();
  Result<std::vector<std::string>> principals = read_principals(reader.string());
  if (!principals) return principals.error();
  out.principals = std::move(*principals);
  out.valid_after = reader.u64();
  out.valid_before = reader.u64();
  Result<SshOptions> critical = read_options(reader.string());
  if (!critical) return critical.error();
  out.critical = std::move(*critical);
  Result<SshOptions> extensions = read_options(reader.string());
  if (!extensions) return extensions.error();
  out.extensions = std::move(*extensions);
  reader.string();  // reserved
  out.ca = reader.string();
  out.signed_part = blob.substr(0, blob.size() - reader.rest().size());
  out.signature = reader.string();
  if (!reader.done()) return malformed("is cut off or has bytes after its end");
  return out;
}

Result<SshCertificate> parse_ssh_certificate_line(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return malformed("is not a line of a -cert.pub file");
  std::string_view encoded = line.substr(space + 1);
  encoded = encoded.substr(0, encoded.find_first_of(" \r\n"));
  const std::optional<std::string> blob = base64_decode(encoded);
  if (!blob) return malformed("is not a line of a -cert.pub file");
  return parse_ssh_certificate(*blob);
}

Result<MadeCertificate> make_ssh_certificate(const CertificateRequest& request,
                                             const SshCaKey& ca) {
  if (request.targets.empty() || request.targets.size() > kCertificatePrincipals)
    return Error{ErrorCode::kLimit,
                 "A certificate names at most 256 targets; ask for one of them."};
  std::string principals;
  for (const std::string& target : request.targets) {
    if (!is_principal(target))
      return Error{ErrorCode::kInvalid, "The target's name cannot stand in a certificate."};
    append_ssh_string(principals, target);
  }
  const std::optional<std::string> source = single_address(request.client_ip);
  if (!source)
    return Error{ErrorCode::kInvalid,
                 "A certificate is bound to an IP address, and this connection has none."};
  const Result<std::string> identity = encode_principal(request.principal);
  if (!identity) return identity.error();

  MadeCertificate made;
  made.key_id = readable(request.principal);
  const std::string type = certificate_type(request.key.type);
  std::string critical;
  append_option(critical, kSourceAddress, in_string(*source));
  std::string extensions;
  append_option(extensions, kIdentityExtension, in_string(*identity));
  append_option(extensions, "permit-pty", {});

  std::string blob;
  append_ssh_string(blob, type);
  append_ssh_string(blob, request.nonce);
  blob += request.key.fields;
  append_ssh_u64(blob, request.serial);
  append_ssh_u32(blob, kUser);
  append_ssh_string(blob, made.key_id);
  append_ssh_string(blob, principals);
  append_ssh_u64(blob, seconds(request.from));
  append_ssh_u64(blob, seconds(request.until));
  append_ssh_string(blob, critical);
  append_ssh_string(blob, extensions);
  append_ssh_string(blob, {});
  append_ssh_string(blob, ca.public_blob());
  const Result<std::string> signature = ca.sign(blob);
  if (!signature) return signature.error();
  append_ssh_string(blob, *signature);
  made.line = type + " " + base64_encode(blob) + " " + made.key_id;
  return made;
}

std::variant<Principal, Rejection> principal_of(const SshCertificate& certificate,
                                                std::span<const std::string> authorities,
                                                WallTime now, std::string_view client_ip,
                                                std::string_view user) {
  using Kind = Rejection::Kind;
  const bool ours =
      std::find(authorities.begin(), authorities.end(), certificate.ca) != authorities.end();
  if (!ours) return Rejection{"the certificate is not of this broker's CA", {}, {}};
  if (!verify_ca_signature(certificate.ca, certificate.signed_part, certificate.signature))
    return Rejection{"the certificate's signature is wrong", {}, {}};
  // What follows was signed by our CA: what it claims is so.
  const std::string* extension = find_option(certificate.extensions, kIdentityExtension);
  SshReader reader(extension == nullptr ? std::string_view() : std::string_view(*extension));
  const std::string_view json = reader.string();
  Result<Principal> principal = decode_principal(json);
  if (!reader.done() || !principal) return Rejection{"the certificate names no identity", {}, {}};
  const auto reject = [&](std::string why) {
    return Rejection{std::move(why), principal->issuer, principal->subject, Kind::kNotInForce};
  };
  if (certificate.type != kUser) return reject("the certificate is not one for users");
  const std::uint64_t second = seconds(now);
  if (second < certificate.valid_after) return reject("the certificate is not valid yet");
  if (second >= certificate.valid_before || now >= principal->expires_at)
    return reject("the certificate has expired");
  if (std::find(certificate.principals.begin(), certificate.principals.end(), user) ==
      certificate.principals.end())
    return reject("the certificate is for other targets");
  if (std::string why = critical_problem(certificate.critical, client_ip); !why.empty())
    return reject(std::move(why));
  principal->auth_method = "certificate";
  principal->credential_id = to_hex(sha256(certificate.blob));
  return *std::move(principal);
}

}  // namespace sallyport::identity
