#include "protocols/http/relay.h"

#include "core/metrics.h"
#include "core/net/runtime.h"
#include "core/policy.h"
#include "core/secrets/secret_source.h"
#include "protocols/http/encoder.h"
#include "protocols/http/forwarding.h"
#include "protocols/http/limits.h"
#include "protocols/http/peer.h"
#include "protocols/http/record_head.h"
#include "protocols/http/websocket_handshake.h"

namespace sallyport::http {
namespace {

// RFC 9110 §9.2.2 allows more methods; these have no content and change nothing.
bool may_be_repeated(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

// Ends an entity tag together with the first digits of the policy's id: content that was masked by
// another version is another representation.
const std::string kTagMark = "-sp";
constexpr std::size_t kTagMarkDigits = 8;

}  // namespace

Relay::Relay(const Services& services, ServeThread& thread, Exchange& exchange, Admitted admitted)
    : services_(services),
      thread_(thread),
      exchange_owner_(exchange.shared_from_this()),
      exchange_(exchange),
      admitted_(std::move(admitted)),
      session_(admitted_.permit.session()),
      target_(session_.target()),
      settings_(http_settings(target_)),
      stream_permit_(admitted_.permit.open_stream()),
      started_(services.clock.mono()),
      request_kept_(exchange.request().fields) {
  const SessionPolicy& policy = admitted_.permit.policy();
  screen_.masks = policy.masks().texts;
  screen_.pass_unreadable = policy.masks().pass_unreadable;
  screen_.tag_mark = kTagMark + policy.policy_id().substr(0, kTagMarkDigits);
}

bool Relay::fail(Side side, Error error) {
  if (!failure_) failure_ = Failure{side, std::move(error)};
  return false;
}

bool Relay::keeps_heads() const { return admitted_.permit.payloads() != RecordPayloads::kNone; }

bool Relay::keeps_bodies() const { return admitted_.permit.payloads() == RecordPayloads::kFull; }

net::Awaitable<void> Relay::run() {
  const bool done = co_await forward();
  if (!done) co_await answer_failure();
  co_await join_upload();
  if (done && connection_) {
    if (std::unique_ptr<Upstream> idle = connection_->release_if_reusable())
      thread_.pool.put(target_, std::move(idle), services_.clock.mono());
  }
  admitted_.permit.finish(outcome());
  services_.metrics.bytes("http", bytes_in_, bytes_out_);
}

net::Awaitable<bool> Relay::forward() {
  const bool ready = co_await take_credential();
  if (!ready) co_return false;
  screen_.guard = session_.guard();
  if (!prepare_head()) co_return false;
  if (keeps_heads()) {
    const std::string kept = request_record(admitted_.line, exchange_.request());
    const bool recorded = co_await record_head("request.head", kept);
    if (!recorded) co_return false;
  }
  Result<Content> arrived = exchange_.read_arrived();
  if (!arrived) co_return fail(Side::kAgent, arrived.error());
  bytes_in_ += arrived->bytes.size();
  if (keeps_bodies()) {
    const bool recorded = co_await record_content("request.body", request_kept_, *arrived);
    if (!recorded) co_return false;
  }
  std::optional<ResponseHead> head = co_await ask(*arrived);
  if (!head) co_return false;
  if (target_.audit.durability == Durability::kOverlapped) {
    Result<EventNumber> durable = co_await admitted_.permit.durable();
    if (!durable) co_return fail(Side::kBroker, durable.error());
  }
  co_return co_await relay_response(std::move(*head));
}

// What the target is shown in the agent's place; which version of it is on record before it goes
// out.
net::Awaitable<bool> Relay::take_credential() {
  if (!target_.credential) co_return true;
  const config::SecretReference& reference = target_.credential->reference;
  Result<secrets::SharedSecret> held = co_await services_.secrets.get(reference);
  if (!held) co_return fail(Side::kCredential, held.error());
  Result<Credential> made =
      make_credential(settings_.credential, reference.with_prefix((*held)->value));
  if (!made) {
    Error error{made.error().code, "the secret " + reference.name() + ": " + made.error().detail};
    co_return fail(Side::kCredential, std::move(error));
  }
  credential_ = std::move(*made);
  CredentialUse& use = session_.credential_use();
  Result<void> told = co_await use.tell(services_.recorder, session_, (*held)->id, (*held)->guard);
  screen_.guard_reach =
      std::max<std::uint64_t>(kGuardReach, kEscapedBytes * (*held)->value.view().size());
  co_return told.ok() || fail(Side::kBroker, told.error());
}

bool Relay::prepare_head() {
  const RequestHead& request = exchange_.request();
  const std::string client = client_ip(exchange_.peer_address());
  RequestContext context;
  context.client_address = client;
  context.scheme = exchange_.crypto().empty() ? "http" : "https";
  context.host = host_field(request);
  context.prefix = admitted_.route.prefix;
  context.target_host = settings_.authority;
  const bool in_field = credential_ && !credential_->in_query;
  if (in_field) context.credential_names.push_back(credential_->name);
  Fields fields = request_fields_for_target(request, context);
  asked_ = screen_request(screen_, request.method, fields);
  if (in_field) fields.add(credential_->name, std::string(credential_->value.view()));
  set_framing(fields, request.framing, request.content_length);
  websocket_ = asks_for_websocket(request);
  if (websocket_) {
    Result<void> sound = check_websocket_request(request);
    if (!sound) return fail(Side::kAgent, sound.error());
    add_websocket_upgrade(fields);
  }
  const std::string target = upstream_target(settings_.base_path, admitted_.route, admitted_.target,
                                             credential_ ? &*credential_ : nullptr);
  Result<void> encoded = encode_request_head(head_, request.method, target, fields);
  return encoded.ok() || fail(Side::kBroker, encoded.error());
}

net::Awaitable<bool> Relay::record_head(std::string_view stream, std::string_view head) {
  co_return co_await record(stream, head, TextFormat::kPlain, true);
}

net::Awaitable<bool> Relay::record(std::string_view stream, std::string_view bytes,
                                   TextFormat format, bool end) {
  const PayloadChunk chunk{stream, std::as_bytes(std::span(bytes)), format, end};
  Result<void> kept = co_await admitted_.permit.record(chunk);
  co_return kept.ok() || fail(Side::kBroker, kept.error());
}

net::Awaitable<bool> Relay::record_content(std::string_view stream, RecordedContent& kept,
                                           Content content) {
  if (kept.plain()) {
    if (content.bytes.empty()) co_return true;
    co_return co_await record(stream, content.bytes, kept.format(), content.end);
  }
  kept.give(content);
  for (bool more = true; more;) {
    std::string plain;
    more = kept.take(plain);
    if (plain.empty()) continue;
    const bool recorded = co_await record(stream, plain, kept.format(), content.end && !more);
    if (!recorded) co_return false;
  }
  co_return true;
}

net::Awaitable<bool> Relay::connect(bool fresh) {
  std::unique_ptr<Upstream> upstream;
  if (!fresh) upstream = thread_.pool.take(target_);
  const bool reused = upstream != nullptr;
  if (!reused) {
    const MonoTime deadline = services_.clock.mono() + settings_.timeouts.connect;
    auto dialled = co_await services_.dialer.dial(target_.endpoint, deadline);
    if (!dialled) co_return fail(Side::kTarget, dialled.error());
    upstream = std::move(*dialled);
  }
  // A session killed meanwhile has closed the agent's side; nothing may be sent any more.
  if (Result<void> allowed = stream_permit_.check(); !allowed)
    co_return fail(Side::kBroker, allowed.error());
  connection_.emplace(std::move(upstream), thread_.buffers, settings_.timeouts, services_.clock,
                      reused);
  co_return true;
}

// Sends the request and waits for the head of the answer. A kept connection that turns out to be
// closed is replaced once, for requests that may be repeated (RFC 9112 §9.3.1).
net::Awaitable<std::optional<ResponseHead>> Relay::ask(Content arrived) {
  const RequestHead& request = exchange_.request();
  const bool repeatable = arrived.end && arrived.bytes.empty() && may_be_repeated(request.method);
  for (bool fresh = false;; fresh = true) {
    const bool connected = co_await connect(fresh);
    if (!connected) co_return std::nullopt;
    const Fields trailers = trailers_for_target();
    Result<void> sent = co_await connection_->send_head(admitted_.permit, head_, request.framing,
                                                        arrived, trailers);
    Error why;
    if (sent) {
      if (!arrived.end) {
        uploaded_.emplace();
        net::spawn(exchange_.executor(), upload(shared_from_this()));
      }
      exchange_.wait_for(&*connection_);
      Result<ResponseHead> head = co_await connection_->read_head(request.method, websocket_);
      exchange_.wait_for(nullptr);
      if (head) co_return std::move(*head);
      why = head.error();
    } else {
      why = sent.error();
    }
    if (fresh || !repeatable || !connection_->went_stale()) {
      fail(Side::kTarget, std::move(why));
      co_return std::nullopt;
    }
  }
}

// The decoder has refused trailers that frame, route or claim what only a proxy may; the name of
// the target's credential is left for here.
Fields Relay::trailers_for_target() const {
  Fields trailers = exchange_.request_trailers();
  if (credential_ && !credential_->in_query) trailers.remove(credential_->name);
  return trailers;
}

}  // namespace sallyport::http
