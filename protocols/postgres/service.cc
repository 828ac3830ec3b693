#include "protocols/postgres/service.h"

#include "core/config/address.h"
#include "core/insist.h"
#include "core/log/log.h"
#include "core/net/address.h"
#include "core/net/runtime.h"
#include "protocols/postgres/encoder.h"
#include "protocols/postgres/refusal.h"
#include "protocols/postgres/target_login.h"

namespace sallyport::postgres {
namespace {

// Protocol 3.2 has longer cancel keys (PostgreSQL §55.2.8).
constexpr std::size_t kShortSecret = 4;
constexpr std::size_t kLongSecret = 32;

// Keeps a session in its thread's list while it is served.
class Listed {
 public:
  Listed(ServeThread& thread, Relay& relay)
      : thread_(thread), at_(thread.relays.insert(thread.relays.end(), &relay)) {}
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;
  ~Listed() { thread_.relays.erase(at_); }

 private:
  ServeThread& thread_;
  std::list<Relay*>::iterator at_;
};

bool is_loopback_peer(const std::string& peer) {
  const auto parts = net::split_host_port(peer);
  return parts && config::is_loopback_address(parts->first);
}

// Ends a session on the record however its connection ends.
class SessionEnd {
 public:
  SessionEnd(SessionRegistry& sessions, const SessionId& id) : sessions_(sessions), id_(id) {}
  SessionEnd(const SessionEnd&) = delete;
  SessionEnd& operator=(const SessionEnd&) = delete;
  ~SessionEnd() {
    insist([this] { sessions_.end(id_, reason); });
  }
  std::string reason = "connection_lost";

 private:
  SessionRegistry& sessions_;
  const SessionId id_;
};

// PostgreSQL §55.2.1: the newest version that both sides know, and the options that we do not.
std::uint32_t negotiate(const StartupPacket& packet, std::string& out) {
  const std::uint32_t version = packet.version >= kProtocol32 ? kProtocol32 : kProtocol30;
  std::vector<std::string> unknown;
  for (const auto& parameter : packet.parameters)
    if (parameter.first.starts_with("_pq_.")) unknown.push_back(parameter.first);
  if (version != packet.version || !unknown.empty()) encode_negotiate(out, version, unknown);
  return version;
}

}  // namespace

PostgresService::PostgresService(const Services& services,
                                 std::shared_ptr<const ListenerConfig> config,
                                 net::Listener::TlsSource tls,
                                 const MakeClassifiers& make_classifiers)
    : services_(services),
      tls_(std::move(tls)),
      target_(services_),
      road_(services_, target_),
      config_(std::move(config)) {
  for (unsigned i = 0; i < services_.runtime.threads(); ++i) {
    auto thread = std::make_shared<ServeThread>();
    thread->statements = make_classifiers();
    threads_.emplace_back(services_.runtime.executor(i), std::move(thread));
  }
}

PostgresService::Thread PostgresService::thread_of(const net::Executor& executor) const {
  for (const auto& [known, thread] : threads_)
    if (known == executor) return thread;
  broken_invariant("a connection came on a thread that is not the runtime's");
}

void PostgresService::drain() {
  for (auto& [executor, thread] : threads_) {
    std::function<void()> begin = [state = thread] {
      state->draining = true;
      for (Relay* relay : state->relays) relay->drain();
    };
    net::post(executor, std::move(begin));
  }
}

std::shared_ptr<const ListenerConfig> PostgresService::config() const {
  std::lock_guard lock(mutex_);
  return config_;
}

void PostgresService::reconfigure(std::shared_ptr<const ListenerConfig> config) {
  std::lock_guard lock(mutex_);
  config_ = std::move(config);
}

net::Awaitable<void> PostgresService::serve(std::unique_ptr<net::Stream> stream) {
  const MonoTime deadline = services_.clock.mono() + kLoginDeadline;
  stream->set_read_deadline(deadline);
  stream->set_write_deadline(deadline);
  AgentOpening opening(std::move(stream), tls_ ? tls_() : nullptr);
  co_await begin(opening);
}

net::Awaitable<void> PostgresService::begin(AgentOpening& opening) {
  Result<OpeningPacket> packet = co_await opening.run();
  if (!packet) {
    const Error& why = packet.error();
    log::debug("a PostgreSQL connection ended before its login", {{"cause", why.detail}});
    const bool told = why.code == ErrorCode::kMalformed || why.code == ErrorCode::kUnsupported;
    if (told && opening.connected()) {
      ErrorFields fields =
          fatal(why.code == ErrorCode::kUnsupported ? "0A000" : "08P01", why.detail);
      co_await tell(opening.stream(), std::move(fields));
    }
    co_return;
  }
  if (auto* asked = std::get_if<CancelPacket>(&*packet)) {
    co_await cancel(opening, std::move(asked->key));
    co_return;
  }
  co_await log_in(opening, std::move(std::get<StartupPacket>(*packet)));
}

net::Awaitable<void> PostgresService::tell(net::Stream& stream, ErrorFields fields) {
  std::string message;
  encode_error(message, fields);
  Result<void> sent = co_await stream.write(std::string_view(message));
  if (sent) static_cast<void>(co_await stream.shutdown_send());
}

// Needs no identity: the key is what only the session's own agent was told. On the record whether
// or not the store can take it; a statement must always be able to be stopped.
net::Awaitable<void> PostgresService::cancel(AgentOpening& opening, CancelKey key) {
  const auto running = running_.find(key);
  const std::string client = opening.stream().peer_address();
  if (!running) {
    log::debug("a cancel request for no session", {{"client", client}});
    co_return;
  }
  const Target& target = running->session->target();
  services_.recorder.event({"cancel.requested",
                            {{"session", running->session->id().to_string()},
                             {"target", target.name},
                             {"client_address", client}}});
  co_await cancel_at(target, running->key);
}

net::Awaitable<void> PostgresService::cancel_at(const Target& target, CancelKey key) {
  TargetCancel greeting(target.endpoint.host, std::move(key));
  const MonoTime deadline = services_.clock.mono() + kCancelDeadline;
  auto done = co_await services_.dialer.dial(target.endpoint, deadline, greeting);
  if (!done)
    log::warn("a cancel request did not reach its target",
              {{"target", target.name}, {"cause", done.error().detail}});
}

net::Awaitable<void> PostgresService::log_in(AgentOpening& opening, StartupPacket packet) {
  const auto settings = config();
  const bool plain = opening.stream().crypto().empty();
  const bool allowed = static_cast<const PostgresListener&>(*settings).allow_plaintext_loopback &&
                       is_loopback_peer(opening.stream().peer_address());
  if (plain && !allowed) {
    ErrorFields fields = fatal("28000", "a token is only taken inside TLS");
    fields.hint = "Connect with sslmode=verify-full, or sslmode=require at least.";
    co_await tell(opening.stream(), std::move(fields));
    co_return;
  }
  std::string negotiated;
  const std::uint32_t version = negotiate(packet, negotiated);
  if (!negotiated.empty()) {
    Result<void> sent = co_await opening.stream().write(std::string_view(negotiated));
    if (!sent) co_return;
  }
  LoginRoad::Verdict verdict = co_await road_.travel(opening, packet);
  if (auto* told = std::get_if<ErrorFields>(&verdict)) {
    co_await tell(opening.stream(), std::move(*told));
    co_return;
  }
  if (auto* logged_in = std::get_if<LoggedIn>(&verdict))
    co_await work(opening, std::move(*logged_in), version);
}

net::Awaitable<void> PostgresService::work(AgentOpening& opening, LoggedIn logged_in,
                                           std::uint32_t version) {
  const std::shared_ptr<Session> session = logged_in.session;
  SessionEnd end(services_.sessions, session->id());
  const CancelKey key = logged_in.key;
  const auto place = running_.add({session, std::move(logged_in.key)},
                                  version == kProtocol32 ? kLongSecret : kShortSecret);
  std::string welcome;
  encode_authentication(welcome, Authentication::kOk);
  const Thread thread = thread_of(opening.stream().executor());
  const auto catalog = catalogs_.find(session->target(), logged_in.database);
  co_await catalogs_.refresh(catalog, session);
  std::unique_ptr<Classifier> classifier = thread->statements->open(session->target(), catalog);
  for (const auto& [name, value] : logged_in.status) {
    encode_parameter_status(welcome, name, value);
    classifier->report(name, value);
  }
  encode_key_data(welcome, place->key());
  encode_ready(welcome, TransactionStatus::kIdle);
  std::string early(opening.unread());
  std::unique_ptr<net::Stream> stream = opening.release();
  Relay relay(services_, session, std::move(stream), std::move(logged_in.upstream),
              Judge(readers_, session, catalog, std::move(classifier)));
  const Listed listed(*thread, relay);
  if (thread->draining) relay.drain();
  co_await relay.run(std::move(welcome), std::move(early));
  end.reason = relay.ended_because();
  // A server goes on with what nobody waits for any more.
  if (relay.cut_short()) co_await cancel_at(session->target(), key);
}

}  // namespace sallyport::postgres
