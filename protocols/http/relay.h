// One admitted request on its way: steps 7 to 10 of the road. Sends it under its Permit with the
// target's credential, passes content both ways with one buffer per direction, the target's through
// the guard and the masks, records what the target's settings say and the agent gets, and finishes
// the Permit. Used on one thread; shared by the coroutines of the two directions.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/net/one_shot.h"
#include "core/protocol.h"
#include "protocols/http/content_filter.h"
#include "protocols/http/exchange.h"
#include "protocols/http/recorded_content.h"
#include "protocols/http/route.h"
#include "protocols/http/serve_thread.h"
#include "protocols/http/target_connection.h"

namespace sallyport::http {

// What the road found out about a request before it was admitted.
struct Admitted {
  Permit permit;
  Route route;
  RequestTarget target;
  std::string line;  // "METHOD path?query", as decided on
};

class Relay : public std::enable_shared_from_this<Relay> {
 public:
  Relay(const Services& services, ServeThread& thread, Exchange& exchange, Admitted admitted);

  // To the end of the exchange. An answer of the broker's own is sent when the target gives none
  // that can be passed on; when one has begun that cannot be ended, the exchange is aborted.
  net::Awaitable<void> run();

 private:
  // Whose doing a failure is.
  enum class Side { kAgent, kTarget, kBroker, kCredential, kMasks };
  struct Failure {
    Side side;
    Error error;
  };
  // Keeps the first failure and returns false, what the steps below return then.
  bool fail(Side side, Error error);
  bool fail_answer(Error error);

  net::Awaitable<bool> forward();
  net::Awaitable<bool> take_credential();
  bool prepare_head();
  net::Awaitable<bool> record_head(std::string_view stream, std::string_view head);
  net::Awaitable<bool> record(std::string_view stream, std::string_view bytes, TextFormat format,
                              bool end);
  net::Awaitable<bool> record_content(std::string_view stream, RecordedContent& kept,
                                      Content content);
  net::Awaitable<std::optional<ResponseHead>> ask(Content arrived);
  net::Awaitable<bool> connect(bool fresh);
  net::Awaitable<bool> relay_response(ResponseHead head);
  net::Awaitable<bool> switch_to_websocket(ResponseHead head);
  net::Awaitable<bool> relay_content(ResponseHead head);
  net::Awaitable<bool> pass_screened(ResponseHead& head, Content content);
  net::Awaitable<bool> pass_on(ResponseHead& head, Content content);
  net::Awaitable<bool> send_on(ResponseHead& head, Content content);
  static net::Awaitable<void> upload(std::shared_ptr<Relay> self);
  net::Awaitable<void> upload_content();
  net::Awaitable<void> join_upload();
  net::Awaitable<void> answer_failure();
  void fields_for_agent(ResponseHead& head);
  Fields trailers_for_agent();
  Fields trailers_for_target() const;
  Outcome outcome() const;
  bool keeps_heads() const;
  bool keeps_bodies() const;

  const Services& services_;
  ServeThread& thread_;
  const std::shared_ptr<Exchange> exchange_owner_;  // shared with the one who serves it
  Exchange& exchange_;
  Admitted admitted_;
  Session& session_;
  const Target& target_;
  const HttpTarget& settings_;
  const StreamPermit stream_permit_;
  const MonoTime started_;

  std::optional<Credential> credential_;
  Screen screen_;
  Asked asked_;
  bool websocket_ = false;  // is asked for
  std::string head_;
  RecordedContent request_kept_;
  std::optional<TargetConnection> connection_;
  std::optional<net::OneShot<bool>> uploaded_;  // set while an upload runs
  ContentPlan plan_;
  std::optional<ContentFilter> filter_;  // set while something is looked for
  std::string screened_;                 // what came out of it last
  RecordedContent response_kept_;
  std::optional<Failure> failure_;
  std::string status_;
  std::uint64_t masked_ = 0;  // in fields
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
};

}  // namespace sallyport::http
