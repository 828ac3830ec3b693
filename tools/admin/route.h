// One thing that the admin interface does: how it is asked for, who may ask, what it takes, and the
// coroutine that does it. All of them stand in one table (routes.h); docs/admin-api.yaml describes
// each under its operation id, and a test holds the two together. A handler runs on an I/O thread
// and never blocks it; it gets a call that was identified, allowed, and read strictly.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/net/awaitable.h"
#include "tools/admin/access.h"

namespace sallyport::admin {

struct ApiReply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields;  // further header fields
  bool tail = false;  // in place of a body: the live tail follows
};

// A problem document (RFC 9457).
ApiReply problem(int status, std::string_view title, std::string_view detail);
inline ApiReply bad_request(std::string_view detail) { return problem(400, "Bad Request", detail); }
inline ApiReply not_found(std::string_view detail) { return problem(404, "Not Found", detail); }

// A value that a call may bring, in the query or as a member of a JSON body. What no parameter
// names is refused, as is what comes twice.
struct Parameter {
  enum class In { kQuery, kBody };
  enum class Kind { kText, kNumber, kBoolean };
  std::string_view name;
  In in = In::kQuery;
  Kind kind = Kind::kText;
  bool required = false;
};

// Captures of the path and parameters by name. Texts are at most kParameterBytes long.
class Values {
 public:
  void set(std::string name, std::string value) { values_[std::move(name)] = std::move(value); }
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  std::string text(std::string_view name) const;
  bool flag(std::string_view name) const { return text(name) == "true"; }
  std::optional<std::uint64_t> number(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

struct Call {
  Caller caller;
  Values values;
  std::string_view bytes;  // the body, of a route that takes bytes; alive until the reply
};

// Who may call: everybody, every person of admin.users, or those whose groups give a privilege.
struct Anybody {};
struct AnyPerson {};
using Needs = std::variant<Anybody, AnyPerson, Privilege>;

// "none", "person", or the privilege's name: `x-privilege` of docs/admin-api.yaml.
std::string_view to_string(const Needs& needs);

using Handler = std::function<net::Awaitable<ApiReply>(const Call&)>;

struct Route {
  std::string_view method;     // GET answers HEAD as well
  std::string_view pattern;    // "/v1/secrets/{name}": a capture is one non-empty segment
  std::string_view operation;  // "setSecret"
  Needs needs;
  std::vector<Parameter> parameters;
  bool takes_bytes = false;  // the body is application/octet-stream, not JSON
  // For acts that make things safer and must not wait for a store that is down: ending sessions,
  // shutting an identity out. They are recorded as soon as the store can. All else that changes
  // something happens only after the call's record is durable.
  bool without_store = false;
  Handler handler;  // empty: it needs a running broker and there is none
};

// A reply without waiting, as a handler returns it.
net::Awaitable<ApiReply> ready(ApiReply reply);

}  // namespace sallyport::admin
