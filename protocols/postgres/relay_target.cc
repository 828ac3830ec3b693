// The target's side of a session, and what both sides share toward the agent.
#include "protocols/postgres/encoder.h"
#include "protocols/postgres/own_words.h"
#include "protocols/postgres/refusal.h"
#include "protocols/postgres/relay.h"

namespace sallyport::postgres {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

net::Awaitable<void> Relay::target_side() {
  while (!over_) {
    Result<std::size_t> read = co_await upstream_->read_some(from_target_.room());
    if (over_) co_return;
    if (!read || *read == 0) {
      ErrorFields lost = fatal("08006", "The target closed the connection.");
      std::string words;
      encode_error(words, lost);
      end("target_closed", std::move(words));
      co_return;
    }
    from_target_.add(*read);
    passing_on_ = true;
    const bool in_step = collect();
    const bool passed = co_await pass_on();
    passing_on_ = false;
    progress_.set();
    come_to_rest();
    if (!in_step || !passed) co_return;
  }
}

// Takes all messages that are there; what goes on to the agent is in parts_ then.
bool Relay::collect() {
  const std::string_view unread = from_target_.unread();
  std::size_t at = 0;
  std::size_t begin = 0;  // of what goes on as it came
  const auto cut = [&](std::size_t end) {
    if (end > begin) parts_.push_back(bytes_of(unread.substr(begin, end - begin)));
  };
  bool in_step = true;
  for (;;) {
    auto next = target_decoder_.next(unread.substr(at));
    Result<ServerStep> step = ServerStep();
    if (next && !*next) break;
    if (next) step = conversation_.from_server(**next);
    if (!next || !step) {
      in_step = end("target_error", {});
      encode_error(words_, fatal("08P01", "The target's answer is not one that can be passed on."));
      break;
    }
    const MessageDecoder::Piece& piece = **next;
    log_.note(piece, step->command);
    for (Ended& ended : step->ended) ended_.push_back(std::move(ended));
    if (!step->relay) {
      cut(at);
      begin = at + piece.wire.size();
      if (!step->instead.empty()) {
        replaced_.push_back(std::move(step->instead));
        parts_.push_back(bytes_of(replaced_.back()));
      }
    }
    at += piece.wire.size();
  }
  cut(at);
  from_target_.take(at);
  return in_step;
}

net::Awaitable<bool> Relay::pass_on() {
  Result<void> kept = co_await log_.flush();
  if (!kept) {
    parts_.clear();
    replaced_.clear();
    co_return end_for(kept.error());
  }
  bool passed = true;
  if (!parts_.empty()) passed = co_await to_agent(parts_);
  parts_.clear();
  replaced_.clear();
  if (passed)
    for (const Ended& ended : ended_) log_.finish(ended);
  ended_.clear();
  co_return passed;
}

net::Awaitable<bool> Relay::to_agent(std::span<const std::span<const std::byte>> parts) {
  if (writing_) {
    for (const auto& part : parts)
      queued_.append(reinterpret_cast<const char*>(part.data()), part.size());
    co_return true;
  }
  writing_ = true;
  agent_->set_write_deadline(over_ ? farewell_ : services_.clock.mono() + kWriteStall);
  Result<void> sent = co_await agent_->write(parts);
  while (sent && !queued_.empty()) {
    const std::string more = std::exchange(queued_, {});
    sent = co_await agent_->write(std::string_view(more));
  }
  writing_ = false;
  if (sent) co_return true;
  // Nothing can follow what was cut off.
  end("connection_lost", {});
  words_.clear();
  co_return false;
}

// The last words to both sides. A target that is told goodbye does not log a lost client. In the
// middle of a message these words would be taken for its end.
net::Awaitable<void> Relay::farewell() {
  upstream_->set_write_deadline(farewell_);
  const bool whole = !cut_off_ && !conversation_.in_mid_message();
  if (whole && conversation_.may_fail_copy())
    static_cast<void>(co_await upstream_->say(static_cast<std::size_t>(OwnWord::kCopyFail)));
  if (whole && reason_ != "target_closed")
    static_cast<void>(co_await upstream_->say(static_cast<std::size_t>(OwnWord::kTerminate)));
  upstream_->close();
  if (!words_.empty()) {
    const std::string_view words = words_;
    Result<void> sent = co_await agent_->write(words);
    if (sent) static_cast<void>(co_await agent_->shutdown_send());
  }
  agent_->close();
}

}  // namespace sallyport::postgres
