// The packets that open a connection (PostgreSQL §55.2.1, §55.7): they have a length and no type.
// Without I/O, the same result for every chunking. An error is final: its detail may be told to the
// client.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "core/result.h"
#include "protocols/postgres/wire.h"

namespace sallyport::postgres {

struct SslRequest {};
struct GssEncRequest {};
struct CancelPacket {
  CancelKey key;
};
struct StartupPacket {
  std::uint32_t version = 0;
  Parameters parameters;
  bool has(std::string_view name) const;
  // The value of a parameter; empty when it is absent.
  std::string_view parameter(std::string_view name) const;
};
using OpeningPacket = std::variant<SslRequest, GssEncRequest, CancelPacket, StartupPacket>;

struct DecodedOpening {
  OpeningPacket packet;
  std::size_t used = 0;
};
// Nothing: more is needed, and `unread` has to come again, longer. kUnsupported: a version that is
// not 3.
Result<std::optional<DecodedOpening>> decode_opening(std::string_view unread);

// A TLS record of the type handshake: a client that begins with TLS.
bool begins_tls(std::string_view unread);

}  // namespace sallyport::postgres
