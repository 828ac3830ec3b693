// The opening handshake of a WebSocket as it crosses the broker (RFC 6455 §4). Pure. No extension
// is let through: a frame that only its two ends can read could not be recorded or masked.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "protocols/http/message.h"

namespace sallyport::http {

// An upgrade to WebSocket is asked for. Other protocols of an Upgrade field are never passed on:
// such a request is an ordinary one (RFC 9110 §7.8).
bool asks_for_websocket(const RequestHead& head);

// kMalformed: it is no such handshake. kUnsupported: of a version other than the only one there is.
Result<void> check_websocket_request(const RequestHead& head);

// kMalformed: the target's 101 is not the answer to that request.
Result<void> check_websocket_answer(const RequestHead& request, const ResponseHead& answer);

// The fields that make the message next to it one that switches protocols.
void add_websocket_upgrade(Fields& fields);

// Sec-WebSocket-Accept for a key (§4.2.2).
std::string websocket_accept(std::string_view key);

// The one version of the protocol (§4.1).
inline constexpr std::string_view kWebSocketVersion = "13";

}  // namespace sallyport::http
