#include "protocols/http/websocket_handshake.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "protocols/http/characters.h"

namespace sallyport::http {
namespace {

constexpr std::string_view kProtocol = "websocket";
// RFC 6455 §1.3.
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

Error malformed(const char* what) { return {ErrorCode::kMalformed, what}; }

std::string base64(std::span<const unsigned char> bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3), '\0');
  // The NUL it writes behind falls on the string's own.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(),
                  static_cast<int>(bytes.size()));
  return out;
}

// The only value of a field that may stand once.
std::string_view single(const Fields& fields, std::string_view name) {
  return fields.count(name) == 1 ? trim(*fields.find(name)) : std::string_view();
}

// Sixteen bytes in base64.
bool is_key(std::string_view key) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return key.size() == 24 && key.ends_with("==") &&
         key.find_first_not_of(kAlphabet) == key.size() - 2;
}

}  // namespace

bool asks_for_websocket(const RequestHead& head) {
  const std::vector<std::string_view> protocols = upgrade_protocols(head.fields);
  return std::any_of(protocols.begin(), protocols.end(),
                     [](std::string_view protocol) { return same_name(protocol, kProtocol); });
}

Result<void> check_websocket_request(const RequestHead& head) {
  if (head.method != "GET") return malformed("a WebSocket is opened with GET");
  if (head.minor_version < 1) return malformed("a WebSocket is opened with HTTP/1.1");
  if (head.framing != Framing::kNone && head.content_length > 0)
    return malformed("a request that opens a WebSocket has no content");
  if (head.framing == Framing::kChunked)
    return malformed("a request that opens a WebSocket has no content");
  if (single(head.fields, "Sec-WebSocket-Version") != kWebSocketVersion)
    return Error{ErrorCode::kUnsupported, "Sec-WebSocket-Version is not 13"};
  if (!is_key(single(head.fields, "Sec-WebSocket-Key")))
    return malformed("Sec-WebSocket-Key is not 16 bytes in base64");
  return {};
}

Result<void> check_websocket_answer(const RequestHead& request, const ResponseHead& answer) {
  const Fields& fields = answer.fields;
  const std::vector<std::string_view> protocols = upgrade_protocols(fields);
  if (protocols.size() != 1 || !same_name(protocols.front(), kProtocol))
    return malformed("the target switched to another protocol than WebSocket");
  const std::string accept = websocket_accept(single(request.fields, "Sec-WebSocket-Key"));
  if (single(fields, "Sec-WebSocket-Accept") != accept)
    return malformed("the target's Sec-WebSocket-Accept is not right");
  if (fields.find("Sec-WebSocket-Extensions") != nullptr)
    return malformed("the target uses a WebSocket extension that was not asked for");
  if (fields.find("Sec-WebSocket-Protocol") == nullptr) return {};
  const std::string_view chosen = single(fields, "Sec-WebSocket-Protocol");
  const std::vector<std::string_view> asked =
      list_members(request.fields, "Sec-WebSocket-Protocol");
  if (std::find(asked.begin(), asked.end(), chosen) == asked.end())
    return malformed("the target chose a WebSocket subprotocol that was not asked for");
  return {};
}

void add_websocket_upgrade(Fields& fields) {
  fields.set("Connection", "Upgrade");
  fields.set("Upgrade", std::string(kProtocol));
}

std::string websocket_accept(std::string_view key) {
  std::string text(key);
  text += kGuid;
  std::array<unsigned char, 20> digest{};
  // No secret rests on SHA-1 here: it shows that the answer is to this request.
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  return base64(digest);
}

}  // namespace sallyport::http
