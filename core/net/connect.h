// Opens streams toward others: name resolution, then every address in turn, all before one
// deadline. Errors name the step that failed; kUnavailable when nothing answers, kTimeout when the
// deadline passes. The stream belongs to the executor of the coroutine that asked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/clock.h"
#include "core/net/stream.h"

namespace sallyport::net {

// `host` is a name or an address, without brackets.
Awaitable<Result<std::unique_ptr<Stream>>> connect_tcp(std::string host, std::uint16_t port,
                                                       MonoTime deadline);

// "host:port", "[::1]:port" or "unix:PATH".
Awaitable<Result<std::unique_ptr<Stream>>> connect(std::string address, MonoTime deadline);

}  // namespace sallyport::net
