#include "core/identity/ssh_public_key.h"

#include <array>

#include "core/identity/digest.h"
#include "core/identity/limits.h"
#include "core/identity/public_key.h"
#include "core/identity/ssh_wire.h"

namespace sallyport::identity {
namespace {

struct EcType {
  std::string_view type;
  std::string_view curve;
  KeyType key;
  std::size_t field_bytes;
};

constexpr std::array<EcType, 4> kEcTypes = {
    {{"ecdsa-sha2-nistp256", "nistp256", KeyType::kP256, 32},
     {"ecdsa-sha2-nistp384", "nistp384", KeyType::kP384, 48},
     {"ecdsa-sha2-nistp521", "nistp521", KeyType::kP521, 66},
     {"sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", KeyType::kP256, 32}}};

Error refused(const std::string& why) { return {ErrorCode::kMalformed, "the SSH key " + why}; }

// The application a security key was made for: "ssh:" and its like.
bool is_application(std::string_view text) { return !text.empty() && text.size() <= kNameBytes; }

Result<PublicKey> read_ec(SshReader& reader, const EcType& type) {
  const std::string_view curve = reader.string();
  const std::string_view point = reader.string();
  if (curve != type.curve || point.size() != 1 + 2 * type.field_bytes || point.front() != '\x04')
    return refused("is not on the curve of its type");
  return PublicKey::ec(type.key, point.substr(1, type.field_bytes),
                       point.substr(1 + type.field_bytes));
}

Result<PublicKey> read_key(SshReader& reader, std::string_view type) {
  if (type == "ssh-ed25519" || type == "sk-ssh-ed25519@openssh.com")
    return PublicKey::ed25519(reader.string());
  if (type == "ssh-rsa") {
    const std::string_view exponent = reader.positive();
    const std::string_view modulus = reader.positive();
    return PublicKey::rsa(modulus, exponent);
  }
  for (const EcType& known : kEcTypes)
    if (known.type == type) return read_ec(reader, known);
  return refused("is of a type that is not taken; make one with `ssh-keygen -t ed25519`");
}

}  // namespace

std::string SshPublicKey::blob() const {
  std::string out;
  append_ssh_string(out, type);
  return out + fields;
}

std::string ssh_fingerprint(std::string_view blob) {
  const Sha256 digest = sha256(blob);
  std::string text = base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
  text.pop_back();  // 32 bytes have one character of padding, which OpenSSH leaves out
  return "SHA256:" + text;
}

std::string SshPublicKey::fingerprint() const { return ssh_fingerprint(blob()); }

Result<std::size_t> ssh_key_fields(std::string_view type, std::string_view rest) {
  SshReader reader(rest);
  const Result<PublicKey> key = read_key(reader, type);
  if (!key) {
    if (key.error().detail.starts_with("the SSH key")) return key.error();
    return refused(key.error().detail);
  }
  if (type.starts_with("sk-") && !is_application(reader.string()))
    return refused("has no application");
  if (!reader.ok()) return refused("is cut off");
  return rest.size() - reader.rest().size();
}

Result<SshPublicKey> parse_ssh_key_blob(std::string_view blob) {
  if (blob.size() > kSshKeyBytes) return refused("is too long");
  SshReader reader(blob);
  SshPublicKey key;
  key.type = reader.string();
  if (!reader.ok()) return refused("is cut off");
  key.fields = reader.rest();
  const Result<std::size_t> used = ssh_key_fields(key.type, key.fields);
  if (!used) return used.error();
  if (*used != key.fields.size()) return refused("has bytes after its end");
  return key;
}

Result<SshPublicKey> parse_ssh_public_key(std::string_view line) {
  if (line.size() > 2 * kSshKeyBytes) return refused("is too long");
  if (line.find("PRIVATE KEY") != std::string_view::npos)
    return refused("is a private key: send the .pub file, and make a new key");
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return refused("is not a line of a .pub file");
  std::string_view encoded = line.substr(space + 1);
  encoded = encoded.substr(0, encoded.find(' '));
  const std::optional<std::string> blob = base64_decode(encoded);
  if (!blob) return refused("is not a line of a .pub file");
  Result<SshPublicKey> key = parse_ssh_key_blob(*blob);
  if (key && key->type != line.substr(0, space)) return refused("has two types");
  return key;
}

}  // namespace sallyport::identity
