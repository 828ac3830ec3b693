// Heads as the audit store keeps them: what the agent sent and what it was answered, in HTTP/1.1's
// form, without the credentials in them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "protocols/http/message.h"

namespace sallyport::http {

// `line` is "METHOD path?query" as it was decided on. Ends with an empty line.
std::string request_record(std::string_view line, const RequestHead& head);
std::string response_record(const ResponseHead& head);

}  // namespace sallyport::http
