// What the fields of a head say about the message and its connection (RFC 9112 §6, §3.2; RFC 9110
// §7.2, §10.1.1). Pure; each fills in the head's own members or says why the head is refused.
#pragma once

#include <optional>
#include <string_view>

#include "protocols/http/decoder.h"
#include "protocols/http/message.h"

namespace sallyport::http {

std::optional<WireError> settle_request(RequestHead& head);
std::optional<WireError> settle_response(ResponseHead& head, std::string_view request_method);

}  // namespace sallyport::http
