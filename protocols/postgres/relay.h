// One session under way: the agent's connection and the target's, and the conversation between
// them. Two coroutines, one per side, on one thread: the agent's decides, records and sends; the
// target's records, passes on and tells how commands came out. Lives in the frame of who runs it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/net/flow.h"
#include "core/protocol.h"
#include "protocols/postgres/command_log.h"
#include "protocols/postgres/conversation.h"
#include "protocols/postgres/inbox.h"
#include "protocols/postgres/judge.h"

namespace sallyport::postgres {

class Relay {
 public:
  Relay(const Services& services, std::shared_ptr<Session> session,
        std::unique_ptr<net::Stream> agent, std::unique_ptr<Upstream> upstream, Judge judge);

  // To the end of both connections. Why the session ends is ended_because().
  // `welcome` is the end of the login; `early` what the agent sent without waiting for it.
  net::Awaitable<void> run(std::string welcome, std::string early);
  const std::string& ended_because() const { return reason_; }
  // The session was ended while the target worked on a command, and may still do.
  bool cut_short() const { return cut_short_; }

  // Both on this thread: no new commands once the transaction is over; now.
  void drain();
  void stop();

 private:
  // The agent's side.
  net::Awaitable<void> agent_side();
  net::Awaitable<bool> next_from_agent(std::optional<MessageDecoder::Piece>& piece);
  net::Awaitable<bool> agent_is_done();
  net::Awaitable<bool> take(const MessageDecoder::Piece& piece);
  net::Awaitable<bool> carry_out(AgentStep step, const MessageDecoder::Piece& piece);
  net::Awaitable<bool> decide();
  net::Awaitable<bool> send_unit(std::vector<Permit> permits);
  net::Awaitable<bool> refuse(const Refusal& refusal);
  net::Awaitable<bool> follow(Consequence consequence);
  net::Awaitable<bool> stream(std::string_view bytes);
  net::Awaitable<bool> say(std::size_t word);

  // The target's side.
  net::Awaitable<void> target_side();
  bool collect();
  net::Awaitable<bool> pass_on();

  net::Awaitable<bool> to_agent(std::span<const std::span<const std::byte>> parts);
  net::Awaitable<void> farewell();
  // Keeps the first reason and its words for the agent (empty: none), and stops both sides.
  bool end(std::string reason, std::string words);
  bool end_for(const Error& error);
  void wake_agent_side();
  // While nothing happens before the agent says more.
  void come_to_rest();

  const Services& services_;
  const std::shared_ptr<Session> session_;  // shared with the registry
  const std::unique_ptr<net::Stream> agent_;
  const std::unique_ptr<Upstream> upstream_;
  Judge judge_;
  Conversation conversation_;
  CommandLog log_;
  std::optional<StreamPermit> stream_permit_;
  Session::Attachment attachment_;

  Inbox from_agent_;
  MessageDecoder agent_decoder_{Direction::kFrontend};
  Inbox from_target_;
  MessageDecoder target_decoder_{Direction::kBackend};
  // A batch of the target's messages on its way to the agent.
  std::vector<std::span<const std::byte>> parts_;
  std::deque<std::string> replaced_;
  std::vector<Ended> ended_;
  bool passing_on_ = false;

  net::Signal progress_;  // the target's side has passed on what it had
  bool writing_ = false;
  std::string queued_;  // for the agent, behind what is being written
  bool over_ = false;
  bool cut_off_ = false;  // in the middle of what was sent to the target: nothing may follow it
  MonoTime farewell_{};   // until then
  bool draining_ = false;
  bool waiting_for_agent_ = false;
  bool cut_short_ = false;
  std::string reason_;
  std::string words_;
};

}  // namespace sallyport::postgres
