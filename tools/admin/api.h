// What the admin interface answers, independent of how a request came in: the same for the socket,
// the address, and a command that works on the store alone. It finds the route, says who calls,
// asks whether they may, and records every call that needs a privilege, refused ones too (AC-6(9)):
// `admin.call` with who, how, what and the status; of a call that changes something it is durable
// before the change takes effect, with the status "begun", and `admin.result` follows. Thread-safe.
#pragma once

#include <functional>
#include <memory>

#include "core/config/config.h"
#include "core/identity/logins.h"
#include "core/recorder.h"
#include "tools/admin/late_events.h"
#include "tools/admin/router.h"

namespace sallyport::admin {

// What the interface works on: borrowed, and alive as long as it.
struct ApiParts {
  Recorder& recorder;
  identity::Logins* logins;  // null: no caller comes with a token
  std::function<std::shared_ptr<const config::Config>()> config;  // the one in force
};

class Api {
 public:
  Api(ApiParts parts, std::vector<Route> routes);

  net::Awaitable<ApiReply> handle(const ApiRequest& request);

  // Whether a caller that was let in still is: for answers that go on. Records nothing.
  bool still_allowed(const ApiRequest& request) const;

  // Tells the store again what it refused while it was down. Called by a timer.
  void retry_records() { late_.retry(); }

  const std::vector<Route>& routes() const { return router_.routes(); }

 private:
  // A caller, or what to answer and what to record instead.
  struct Stranger {
    ApiReply reply;
    std::string claimed;                           // whose subject was claimed, if any
    std::optional<identity::Rejection> rejection;  // of a token
  };
  std::variant<Caller, Stranger> identify(const ApiRequest& request) const;
  std::variant<Caller, Stranger> identify_token(const ApiRequest& request) const;

  net::Awaitable<ApiReply> turn_away(const ApiRequest& request, Stranger stranger);
  net::Awaitable<ApiReply> serve(const ApiRequest& request, Found found, Caller caller);
  net::Awaitable<ApiReply> perform(const ApiRequest& request, const Route& route, Call call);
  net::Awaitable<ApiReply> change(const ApiRequest& request, const Route& route, Call call);

  const ApiParts parts_;
  const Router router_;
  LateEvents late_;
};

}  // namespace sallyport::admin
