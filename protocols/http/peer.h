// Small words between the road and the agent.
#pragma once

#include <string>
#include <string_view>

#include "protocols/http/exchange.h"
#include "protocols/http/problem.h"

namespace sallyport::http {

// "10.0.0.7:41234" and "[::1]:80" without port and brackets; anything else as it is.
std::string client_ip(std::string_view peer_address);

// The host that the agent used; empty when it sent none.
std::string_view host_field(const RequestHead& head);

// Answers with a problem document. `session` may be empty; `extra` are further fields. After an
// error the exchange's settling closes the connection: a caller with nothing else to end drops it.
net::Awaitable<Result<void>> respond_with(Exchange& exchange, Problem problem, std::string session,
                                          Fields extra);

// The same with a document of another type, which is a constant.
net::Awaitable<Result<void>> respond_document(Exchange& exchange, int status, std::string_view type,
                                              std::string body, Fields extra);

}  // namespace sallyport::http
