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

// Removes from a target's fields the credential that the broker put into the request, should the
// target repeat it (a redirect that keeps the query, an echo): the agent never holds it.
void hide_credential(Fields& fields, std::string_view credential);

}  // namespace sallyport::http
