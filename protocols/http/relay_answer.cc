// The target's answer on its way to the agent and into the record.
#include "protocols/http/forwarding.h"
#include "protocols/http/peer.h"
#include "protocols/http/record_head.h"
#include "protocols/http/relay.h"

namespace sallyport::http {

// An answer that cannot be passed on as it came.
bool Relay::fail_answer(Error error) {
  const Side side = error.code == ErrorCode::kDenied ? Side::kMasks : Side::kTarget;
  return fail(side, std::move(error));
}

void Relay::fields_for_agent(ResponseHead& head) {
  const std::string session = session_.id().to_string();
  ResponseContext context;
  context.target_scheme = settings_.scheme;
  context.target_host = settings_.authority;
  context.base_path = settings_.base_path;
  context.scheme = exchange_.crypto().empty() ? "http" : "https";
  context.host = host_field(exchange_.request());
  context.prefix = admitted_.route.prefix;
  context.request_path = admitted_.route.path;
  context.session = session;
  head.fields = response_fields_for_agent(head, context);
  if (!screen_.active()) return;
  // References to the target itself have become the broker's own by now, and stay what they are;
  // so does what the broker says of itself.
  screen_head(screen_, head, masked_);
  head.fields.set("Sallyport-Session", session);
}

Fields Relay::trailers_for_agent() {
  Fields trailers = connection_->trailers();
  screen_trailers(screen_, plan_, trailers, masked_);
  return trailers;
}

net::Awaitable<bool> Relay::relay_response(ResponseHead head) {
  if (head.status == 101) co_return co_await switch_to_websocket(std::move(head));
  Result<ContentPlan> plan = screen_answer(screen_, asked_, head);
  if (!plan) co_return fail_answer(plan.error());
  plan_ = std::move(*plan);
  if (screen_.active() && head.framing != Framing::kNone) filter_.emplace(screen_, plan_);
  status_ = std::to_string(head.status);
  fields_for_agent(head);
  response_kept_ = RecordedContent(head.fields);
  if (keeps_heads()) {
    const std::string kept = response_record(head);
    const bool recorded = co_await record_head("response.head", kept);
    if (!recorded) co_return false;
  }
  co_return co_await relay_content(std::move(head));
}

net::Awaitable<bool> Relay::relay_content(ResponseHead head) {
  Result<Content> content = connection_->read_arrived();
  for (;;) {
    if (!content) co_return fail(Side::kTarget, content.error());
    bool passed = false;
    if (filter_) {
      passed = co_await pass_screened(head, *content);
    } else {
      passed = co_await pass_on(head, *content);
    }
    if (!passed) co_return false;
    if (content->end) co_return true;
    exchange_.wait_for(&*connection_);
    content = co_await connection_->read();
    exchange_.wait_for(nullptr);
  }
}

net::Awaitable<bool> Relay::pass_screened(ResponseHead& head, Content content) {
  filter_->give(content);
  for (bool more = true; more;) {
    screened_.clear();
    Result<bool> taken = filter_->take(screened_);
    if (!taken) co_return fail_answer(taken.error());
    more = *taken;
    const Content piece{screened_, content.end && !more};
    const bool passed = co_await pass_on(head, piece);
    if (!passed) co_return false;
  }
  co_return true;
}

// What the agent gets is what is kept.
net::Awaitable<bool> Relay::pass_on(ResponseHead& head, Content content) {
  if (keeps_bodies()) {
    const bool recorded = co_await record_content("response.body", response_kept_, content);
    if (!recorded) co_return false;
  }
  const bool sent = co_await send_on(head, content);
  if (sent) bytes_out_ += content.bytes.size();
  co_return sent;
}

// The head goes with the first piece of content.
net::Awaitable<bool> Relay::send_on(ResponseHead& head, Content content) {
  const Fields trailers = content.end ? trailers_for_agent() : Fields();
  if (!exchange_.responded()) {
    const Content first{content.bytes, content.end && trailers.empty()};
    Result<void> sent = co_await exchange_.respond(std::move(head), first);
    if (!sent) co_return fail(Side::kAgent, sent.error());
    if (first.end || !content.end) co_return true;
    content.bytes = {};
  } else if (Result<void> allowed = stream_permit_.check(); !allowed) {
    co_return fail(Side::kBroker, allowed.error());
  }
  Result<void> sent = co_await exchange_.send(content, trailers);
  co_return sent.ok() || fail(Side::kAgent, sent.error());
}

}  // namespace sallyport::http
