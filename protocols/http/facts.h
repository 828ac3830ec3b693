// What a request is to the policy (INTERFACE section 5): the one place that turns HTTP into the
// common event model. Pure; the path given is the one that is forwarded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/command.h"
#include "protocols/http/message.h"
#include "protocols/http/path.h"

namespace sallyport::http {

// `path` is the normalised path after /TARGET and before the target's base path. Credentials and
// cookies are no facts: they would be recorded.
Command command_for(const RequestHead& head, const RequestTarget& target, std::string_view path);

// The Host without its port, in lower case; of absolute-form, the authority in its place.
std::string host_of(const RequestHead& head, const RequestTarget& target);

// False when an absolute-form target names another host than the Host field (RFC 9112 §3.2.2 lets
// a proxy ignore Host; two readers could choose differently, so that is refused).
bool hosts_agree(const RequestHead& head, const RequestTarget& target);

// For `sallyport policy`: the Commands of raw HTTP/1.1 request bytes, one for each request in them,
// or why they are a parse_error.
struct RawCommands {
  std::vector<Command> commands;
  std::optional<std::string> parse_error;
};
RawCommands commands_from_raw(std::string_view requests);

}  // namespace sallyport::http
