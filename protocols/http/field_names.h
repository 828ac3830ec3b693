// Which field names mean something to a proxy, and who may say them. Pure.
#pragma once

#include <string_view>

namespace sallyport::http {

// For one connection only (RFC 9110 §7.6.1 and the older lists); never forwarded.
bool is_hop_by_hop(std::string_view name);

// A statement about who the client is, where it came from or what it really asked for, that only a
// proxy in front of the target is believed to make: X-Forwarded-*, Forwarded, X-Real-IP,
// X-Original-URL, Proxy, … and our own Sallyport-*. An agent's are never forwarded.
bool is_proxy_claim(std::string_view name);

// Ours; a target's are never passed on either.
bool is_own_field(std::string_view name);

// Intended for every recipient: listing it in Connection does not remove it (RFC 9110 §7.6.1
// forbids the listing), so that a sender cannot have a field judged here and gone behind us.
bool is_end_to_end(std::string_view name);

// Readers that make environment variables of fields (CGI, WSGI) take "_" for "-": a name that would
// then be one that frames, routes, authenticates or is believed. "Content_Length",
// "X_Forwarded_For", "Host_".
bool is_underscore_twin(std::string_view name);

// RFC 9110 §6.5.1: what frames, routes, authenticates or describes the content may not come after
// it.
bool is_forbidden_trailer(std::string_view name);

}  // namespace sallyport::http
