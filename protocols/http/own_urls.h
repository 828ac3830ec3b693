// The broker's own paths among those of its targets (INTERFACE section 2): which requests are for
// the broker itself, and how a client gets to know where tokens come from (RFC 9728). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocols/http/message.h"
#include "protocols/http/path.h"
#include "protocols/http/route.h"

namespace sallyport::http {

inline constexpr std::string_view kTokenPath = "/v1/token";
inline constexpr std::string_view kMetadataPath = "/.well-known/oauth-protected-resource";

// True for `/v1/…` and `/.well-known/…` where the path chooses the target (no target can have such
// a name), and for the metadata where the host does.
bool is_own_path(const Route& route);

// "https://host:port" as the client wrote it; empty when it named no host.
std::string base_url(const RequestHead& head, const RequestTarget& target, bool tls);

// RFC 9728 §3.1: the metadata's URL of the resource that the request was for.
std::string metadata_url(std::string_view base_url, const Route& route);

// RFC 9728 §2, for the resource whose path is `path` ("" or "/TARGET…"). The same for every path:
// it tells nothing about which targets there are.
std::string metadata_document(std::string_view base_url, std::string_view path,
                              const std::vector<std::string>& issuers);

// The value of WWW-Authenticate (RFC 6750 §3, RFC 9728 §5.1). `bad_token`: one was sent; without
// one no error is named.
std::string challenge(bool bad_token, std::string_view metadata_url);

}  // namespace sallyport::http
