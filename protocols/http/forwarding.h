// What of a message's fields crosses the broker, and what the broker says of itself (RFC 9110 §7.6,
// RFC 7239). The agent's claims about who and where it is, its credentials and everything meant for
// one connection only stop here; a target's references to itself are rewritten so that they lead
// back through the broker. Pure. Framing (Content-Length, Transfer-Encoding), Connection and the
// target's credential are added by the caller afterwards: see set_framing().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocols/http/message.h"

namespace sallyport::http {

// The names that Connection lists and that are removed for it (RFC 9110 §7.6.1); they view the
// fields. What is judged must leave them out too, or a rule is satisfied by a field that the target
// never gets.
std::vector<std::string_view> listed_in_connection(const Fields& fields);

struct RequestContext {
  std::string_view client_address;  // of the agent: an IP address without port or brackets
  std::string_view scheme;          // how the agent reached the broker: "http" or "https"
  std::string_view host;            // the Host that the agent used; empty when it sent none
  std::string_view prefix;          // "/TARGET" where the target is chosen by the path, else empty
  std::string_view
      target_host;  // the Host that the target expects, with the port unless it is the default
  // Names of the fields that the credential is put into: the agent's own, and their underscore
  // spellings, do not pass.
  std::vector<std::string_view> credential_names;
};

// Without Host's and Via's predecessors; Cookie passes, since cookies are the agent's own with the
// target.
Fields request_fields_for_target(const RequestHead& head, const RequestContext& context);

struct ResponseContext {
  std::string_view target_scheme;  // "http" or "https"
  std::string_view target_host;    // as in RequestContext
  std::string_view base_path;      // of the target's URL, without trailing "/"; may be empty
  std::string_view scheme;         // how the agent reached the broker
  std::string_view host;           // the Host that the agent used
  std::string_view prefix;         // "/TARGET" where the target is chosen by the path, else empty
  std::string_view request_path;   // that the agent asked for, after the prefix; "/" at least
  std::string_view session;        // for Sallyport-Session; empty: none
};

// For a response with content_length or chunked framing Content-Length and Transfer-Encoding are
// removed; for one without content (HEAD, 304) its Content-Length stays, being information.
Fields response_fields_for_agent(const ResponseHead& head, const ResponseContext& context);

}  // namespace sallyport::http
