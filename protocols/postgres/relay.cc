#include "protocols/postgres/relay.h"

#include "core/metrics.h"
#include "protocols/postgres/encoder.h"
#include "protocols/postgres/refusal.h"

namespace sallyport::postgres {
namespace {

std::string encoded(const ErrorFields& fields) {
  std::string out;
  encode_error(out, fields);
  return out;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// Masks cannot be applied to rows yet: what would have to be masked is not read at all.
Refusal cannot_mask(const Session& session) {
  Refusal refusal;
  refusal.code = "denied";
  refusal.message =
      "The policy masks values for this session, and this broker cannot mask PostgreSQL results.";
  refusal.session = session.id().to_string();
  return refusal;
}

}  // namespace

Relay::Relay(const Services& services, std::shared_ptr<Session> session,
             std::unique_ptr<net::Stream> agent, std::unique_ptr<Upstream> upstream, Judge judge)
    : services_(services),
      session_(std::move(session)),
      agent_(std::move(agent)),
      upstream_(std::move(upstream)),
      judge_(std::move(judge)),
      conversation_(judge_.classifier()),
      log_(session_->target(), services.clock, services.metrics),
      progress_(agent_->executor()) {}

net::Awaitable<void> Relay::run(std::string welcome, std::string early) {
  attachment_ = Session::attach(session_, agent_->executor(), [this] { stop(); });
  agent_->set_read_deadline(std::nullopt);
  from_agent_.put(early);
  const std::array<std::span<const std::byte>, 1> parts = {bytes_of(welcome)};
  static_cast<void>(co_await to_agent(parts));
  net::Awaitable<void> one = agent_side();
  net::Awaitable<void> other = target_side();
  co_await net::both(std::move(one), std::move(other));
  co_await farewell();
  cut_short_ = !session_->live() && !log_.empty();
  log_.abandon({}, words_.empty() ? "the agent closed the connection" : reason_);
  attachment_ = {};
}

bool Relay::end(std::string reason, std::string words) {
  if (!over_) {
    over_ = true;
    reason_ = std::move(reason);
    words_ = std::move(words);
    upstream_->set_read_deadline(MonoTime::min());
    upstream_->set_write_deadline(MonoTime::min());
    farewell_ = services_.clock.mono() + kFarewell;
    agent_->set_write_deadline(farewell_);
    wake_agent_side();
  }
  return false;
}

bool Relay::end_for(const Error& error) {
  if (!session_->live()) {
    const std::string why = session_->end_reason();
    return end(why, encoded(fatal_for_end(why, session_->id().to_string())));
  }
  if (error.code == ErrorCode::kNotRecorded)
    return end("not_recorded",
               encoded(fatal("58030", "The audit store cannot record this session any more.")));
  return end("protocol_error", encoded(fatal("08P01", error.detail)));
}

void Relay::wake_agent_side() {
  progress_.set();
  agent_->set_read_deadline(MonoTime::min());
}

void Relay::stop() {
  const std::string why = session_->end_reason();
  end(why, encoded(fatal_for_end(why, session_->id().to_string())));
}

void Relay::drain() {
  draining_ = true;
  come_to_rest();
}

void Relay::come_to_rest() {
  if (!waiting_for_agent_ || !conversation_.agents_turn()) return;
  session_->touch(services_.clock.mono());
  session_->set_in_transaction(conversation_.in_transaction());
  attachment_.rest(true);
  if (draining_ && conversation_.idle())
    end("shutdown", encoded(fatal("57P01", "The broker is shutting down.")));
}

net::Awaitable<void> Relay::agent_side() {
  while (!over_) {
    std::optional<MessageDecoder::Piece> piece;
    const bool got = co_await next_from_agent(piece);
    if (!got) co_return;
    const bool going = co_await take(*piece);
    if (!going) co_return;
    from_agent_.take(piece->wire.size());
  }
}

net::Awaitable<bool> Relay::next_from_agent(std::optional<MessageDecoder::Piece>& piece) {
  for (;;) {
    auto next = agent_decoder_.next(from_agent_.unread());
    if (!next) co_return end_for(next.error());
    if (*next) {
      piece = **next;
      co_return true;
    }
    waiting_for_agent_ = true;
    come_to_rest();
    if (over_) co_return false;
    Result<std::size_t> read = co_await agent_->read_some(from_agent_.room());
    waiting_for_agent_ = false;
    attachment_.rest(false);
    if (over_) co_return false;
    if (!read) co_return end("connection_lost", {});
    if (*read == 0) co_return co_await agent_is_done();
    from_agent_.add(*read);
  }
}

// It says no more, and may still read: what it has asked for goes to its end, as the server itself
// would have it.
net::Awaitable<bool> Relay::agent_is_done() {
  while (!over_ && !conversation_.agents_turn()) static_cast<void>(co_await progress_.wait());
  while (!over_ && passing_on_) static_cast<void>(co_await progress_.wait());
  co_return end("connection_lost", {});
}

net::Awaitable<bool> Relay::take(const MessageDecoder::Piece& piece) {
  for (;;) {
    // What the target said before is with the agent before anything is said in its place.
    while (passing_on_ && !over_) static_cast<void>(co_await progress_.wait());
    if (over_) co_return false;
    Result<AgentStep> step = conversation_.from_agent(piece);
    if (!step) co_return end_for(step.error());
    const bool again = step->again;
    const bool going = co_await carry_out(std::move(*step), piece);
    if (!going || !again) co_return going;
  }
}

net::Awaitable<bool> Relay::carry_out(AgentStep step, const MessageDecoder::Piece& piece) {
  switch (step.kind) {
    case AgentStep::Kind::kNothing:
      co_return true;
    case AgentStep::Kind::kWait:
      static_cast<void>(co_await progress_.wait());
      co_return !over_;
    case AgentStep::Kind::kDecide:
      co_return co_await decide();
    case AgentStep::Kind::kStream: {
      if (step.command != 0) {
        Result<void> kept = co_await log_.record_input(step.command, piece);
        if (!kept) co_return end_for(kept.error());
        if (over_) co_return false;
      }
      co_return co_await stream(piece.wire);
    }
    case AgentStep::Kind::kSay:
      co_return co_await say(step.word);
    case AgentStep::Kind::kReply: {
      const std::array<std::span<const std::byte>, 1> parts = {bytes_of(step.reply)};
      co_return co_await to_agent(parts);
    }
    case AgentStep::Kind::kEnd:
      co_return end("logout", {});
  }
  co_return false;
}

net::Awaitable<bool> Relay::decide() {
  if (!judge_.ready(conversation_)) {
    co_await judge_.prepare(conversation_);
    if (over_) co_return false;
  }
  conversation_.plan();
  std::vector<Permit> permits;
  if (!conversation_.unit().empty()) {
    // Where running commands may outlive their token, nothing new begins.
    if (services_.clock.wall() >= session_->principal().expires_at) {
      services_.sessions.end(session_->id(), "expired");
      co_return end_for(Error{ErrorCode::kRevoked, {}});
    }
    std::vector<Command> commands = conversation_.take_commands();
    Admission admission = co_await services_.gate.admit(session_, std::move(commands));
    if (over_) co_return false;
    if (const auto* refusal = std::get_if<Refusal>(&admission)) co_return co_await refuse(*refusal);
    permits = std::move(std::get<std::vector<Permit>>(admission));
    const auto policy = session_->last_policy();
    if (policy == nullptr || !policy->masks().empty()) {
      Outcome outcome;
      outcome.completion = Completion::kAborted;
      outcome.detail = "results of this session would have to be masked";
      for (Permit& permit : permits) permit.finish(outcome);
      const Refusal refusal = cannot_mask(*session_);
      co_return co_await refuse(refusal);
    }
  }
  co_return co_await send_unit(std::move(permits));
}

net::Awaitable<bool> Relay::refuse(const Refusal& refusal) {
  if (!session_->live()) co_return end_for(Error{ErrorCode::kRevoked, {}});
  if (refusal.code == "not_recorded") {
    services_.metrics.not_recorded();
  } else {
    services_.metrics.command("postgres", "deny");
  }
  std::optional<Consequence> overtaken = conversation_.overtaken();
  if (overtaken) co_return co_await follow(std::move(*overtaken));
  Consequence consequence = refusal.code == "not_recorded" && conversation_.is_rollback()
                                ? conversation_.rolled_back()
                                : conversation_.refused(encoded(error_for(refusal)));
  co_return co_await follow(std::move(consequence));
}

net::Awaitable<bool> Relay::send_unit(std::vector<Permit> permits) {
  for (std::size_t i = 0; i < permits.size(); ++i) {
    services_.metrics.command("postgres", "allow");
    const std::string& values = conversation_.unit()[i].values;
    if (values.empty()) continue;
    Result<void> kept = co_await log_.record_values(permits[i], values);
    if (!kept) co_return end_for(kept.error());
    if (over_) co_return false;
  }
  std::optional<Consequence> overtaken = conversation_.overtaken();
  if (overtaken) {
    Outcome outcome;
    outcome.completion = Completion::kAborted;
    outcome.detail = "an error before it made the server skip it";
    for (Permit& permit : permits) permit.finish(outcome);
    co_return co_await follow(std::move(*overtaken));
  }
  if (!permits.empty()) stream_permit_.emplace(permits.front().open_stream());
  for (std::size_t i = 0; i < permits.size(); ++i)
    log_.begin(std::move(permits[i]), conversation_.unit()[i]);
  // Its answers may come while it is still being sent.
  const std::string bytes = conversation_.take_bytes();
  conversation_.admitted();
  co_return co_await stream(bytes);
}

// The unit's own bytes go here as well: its permits are with the log, and this one was opened by
// the first of them.
net::Awaitable<bool> Relay::stream(std::string_view bytes) {
  if (!stream_permit_) broken_invariant("agent's bytes without a permit");
  const std::array<std::span<const std::byte>, 1> parts = {bytes_of(bytes)};
  Result<void> sent = co_await upstream_->send(*stream_permit_, parts);
  if (sent) co_return true;
  cut_off_ = true;
  if (sent.error().code == ErrorCode::kRevoked || sent.error().code == ErrorCode::kNotRecorded)
    co_return end_for(sent.error());
  // Its last words may still be on their way: the target's side ends the session.
  while (!over_) static_cast<void>(co_await progress_.wait());
  co_return false;
}

net::Awaitable<bool> Relay::follow(Consequence consequence) {
  for (const std::size_t word : consequence.words) {
    const bool said = co_await say(word);
    if (!said) co_return false;
  }
  if (consequence.reply.empty()) co_return true;
  const std::array<std::span<const std::byte>, 1> parts = {bytes_of(consequence.reply)};
  co_return co_await to_agent(parts);
}

net::Awaitable<bool> Relay::say(std::size_t word) {
  Result<void> said = co_await upstream_->say(word);
  if (said) co_return true;
  cut_off_ = true;
  while (!over_) static_cast<void>(co_await progress_.wait());
  co_return false;
}

}  // namespace sallyport::postgres
