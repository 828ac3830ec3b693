#include "protocols/postgres/startup_decoder.h"

#include "protocols/postgres/decoder.h"

namespace sallyport::postgres {
namespace {

Error malformed(std::string what) { return {ErrorCode::kMalformed, std::move(what)}; }

Result<OpeningPacket> read_startup(std::uint32_t version, FieldReader& reader) {
  if (version >> 16 != 3)
    return Error{ErrorCode::kUnsupported,
                 "unsupported frontend protocol " + std::to_string(version >> 16) + "." +
                     std::to_string(version & 0xffff) + ": this server speaks 3.0 to 3.2"};
  StartupPacket packet;
  packet.version = version;
  for (;;) {
    const std::string_view name = reader.text();
    if (reader.failed()) return malformed("invalid startup packet layout: no terminator");
    if (name.empty()) break;
    const std::string_view value = reader.text();
    if (reader.failed()) return malformed("invalid startup packet layout: a name without a value");
    if (packet.parameters.size() == kStartupParameters)
      return malformed("too many parameters in the startup packet");
    if (packet.has(name)) return malformed("the startup packet has a parameter twice");
    packet.parameters.emplace_back(name, value);
  }
  if (!reader.complete())
    return malformed("invalid startup packet layout: expected terminator as last byte");
  return OpeningPacket(std::move(packet));
}

Result<OpeningPacket> read_packet(std::string_view body) {
  FieldReader reader(body);
  const std::uint32_t code = reader.int32();
  if (code == kSslRequest || code == kGssEncRequest) {
    if (!reader.complete()) return malformed("a request for encryption with more in it");
    if (code == kSslRequest) return OpeningPacket(SslRequest());
    return OpeningPacket(GssEncRequest());
  }
  if (code == kCancelRequest) {
    CancelPacket packet;
    packet.key.process = reader.int32();
    packet.key.secret = reader.rest();
    if (reader.failed() || packet.key.secret.size() < 4 ||
        packet.key.secret.size() > kCancelKeyBytes)
      return malformed("invalid length of cancel request");
    return OpeningPacket(std::move(packet));
  }
  return read_startup(code, reader);
}

}  // namespace

bool StartupPacket::has(std::string_view name) const {
  for (const auto& known : parameters)
    if (known.first == name) return true;
  return false;
}

std::string_view StartupPacket::parameter(std::string_view name) const {
  for (const auto& [known, value] : parameters)
    if (known == name) return value;
  return {};
}

Result<std::optional<DecodedOpening>> decode_opening(std::string_view unread) {
  if (unread.size() < 4) return std::optional<DecodedOpening>();
  const std::size_t length = FieldReader(unread).int32();
  if (length < 8 || length > kStartupBytes) return malformed("invalid length of startup packet");
  if (unread.size() < length) return std::optional<DecodedOpening>();
  auto packet = read_packet(unread.substr(4, length - 4));
  if (!packet) return packet.error();
  return std::optional<DecodedOpening>(DecodedOpening{std::move(*packet), length});
}

bool begins_tls(std::string_view unread) { return unread.starts_with('\x16'); }

}  // namespace sallyport::postgres
