// One session's talk, between what the agent sends and what the server answers (PostgreSQL §55.2):
// messages in, actions out. Collects the agent's messages into units that are decided whole, knows
// which answer of the server belongs to which command, and keeps the server in step when a unit is
// refused: where a refusal has to abort a transaction the server itself is made to fail, so that
// the transaction's state is always its own. Pure; used on one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/command.h"
#include "protocols/postgres/classifier.h"
#include "protocols/postgres/decoder.h"
#include "protocols/postgres/statements.h"

namespace sallyport::postgres {

// Numbers the commands of a session in the order they were planned, from 1. 0: none.
using CommandNumber = std::uint64_t;

// A command of a unit, with what is kept of it beside its text.
struct Planned {
  Command command;
  std::string values;              // bound values as JSON; empty: none
  std::vector<OwnColumn> columns;  // of its result, where they are known beforehand
  std::uint64_t bytes = 0;         // of the agent's messages
};

// What a piece from the agent leads to.
struct AgentStep {
  enum class Kind {
    kNothing,  // it is kept, or has no effect
    kWait,     // not now: again when the server has answered
    kDecide,   // a unit is complete: plan() it; afterwards admitted() or refused()
    kStream,   // the piece goes on under the stream permit
    kSay,      // `word` goes to the server
    kReply,    // `reply` goes to the agent
    kEnd,      // the agent says goodbye
  };
  Kind kind = Kind::kNothing;
  bool again = false;  // the same piece has to come once more afterwards
  std::size_t word = 0;
  std::string reply;
  CommandNumber command = 0;  // kStream: of which it is the data
};

// How a command came out on the wire.
struct Ended {
  CommandNumber command = 0;
  bool failed = false;
  bool executed = true;  // false: an error before it made the server skip it
  std::string status;    // the tag, or the SQLSTATE
};

// What a piece from the server leads to.
struct ServerStep {
  bool relay = true;          // the piece goes on to the agent
  std::string instead;        // or this does
  CommandNumber command = 0;  // whose answer it is
  std::vector<Ended> ended;
};

// What a refusal or a sending leads to.
struct Consequence {
  std::vector<std::size_t> words;  // own words for the server, in order
  std::string reply;               // for the agent
};

class Conversation {
 public:
  // The session's first state is that of a server that has just said it is ready.
  explicit Conversation(Classifier& classifier) : classifier_(classifier) {}

  // kMalformed, kLimit: the agent breaks the protocol, and the connection ends.
  Result<AgentStep> from_agent(const MessageDecoder::Piece& piece);
  // What plan() has judged, and how much text that is: for who reads it beforehand.
  std::vector<std::shared_ptr<const Statement>> to_judge() const;
  std::size_t bytes_to_judge() const;
  // Has the unit's statements judged.
  void plan();
  const std::vector<Planned>& unit() const { return unit_; }
  const std::string& unit_bytes() const { return bytes_; }
  // The unit's commands and bytes, for who decides and sends it; once.
  std::vector<Command> take_commands();
  std::string take_bytes() { return std::move(bytes_); }
  // The unit is a ROLLBACK and nothing else: it may be sent as the broker's own word even where
  // nothing can be recorded. Then rolled_back() takes the place of admitted().
  bool is_rollback() const;
  Consequence rolled_back();
  // The unit's first command's number; the others follow.
  CommandNumber unit_number() const { return next_number_; }
  // The server has begun to skip to the next Sync while the unit was decided: it is dropped, and
  // this follows. Asked before one of the two below.
  std::optional<Consequence> overtaken();
  // The unit may be sent: from here on its answers are expected.
  void admitted();
  // The unit is not sent; `error` is an encoded ErrorResponse.
  Consequence refused(std::string error);

  // kMalformed: the server breaks the protocol, and the connection ends.
  Result<ServerStep> from_server(const MessageDecoder::Piece& piece);

  TransactionStatus status() const { return status_; }
  // Nothing is expected of the server and nothing of the agent is kept.
  bool at_rest() const {
    return expected_.empty() && messages_.empty() && !pipeline_open_ &&
           streaming_ == Streaming::kNo;
  }
  bool idle() const { return at_rest() && status_ == TransactionStatus::kIdle; }
  // The server says nothing more before the agent does.
  bool agents_turn() const {
    return expected_.empty() || copy_in_ || !flushed_ || in_mid_message();
  }
  // The server has begun something for the agent that it has not ended.
  bool in_transaction() const {
    return status_ != TransactionStatus::kIdle || pipeline_open_ || copy_in_;
  }
  // The server waits for data, between two messages of the agent.
  bool may_fail_copy() const { return copy_in_ && streaming_ == Streaming::kNo; }
  // A message of the agent's is under way to the server and not at its end.
  bool in_mid_message() const { return streaming_ == Streaming::kForward; }
  // Commands whose end is not known.
  std::vector<CommandNumber> unfinished() const;

 private:
  // What the server is going to answer, in order.
  struct Expected {
    char type = 0;              // of the frontend's message
    CommandNumber command = 0;  // the (first) command it is part of
    CommandNumber end = 0;      // kQuery: after the last one
    bool refused = false;       // a message of ours, whose error becomes `error`
    std::string error;          // of a refusal; of a Query, the last command's status
    // Of a Describe; shared with statements_.
    std::shared_ptr<const Statement> statement;
  };
  struct Message {
    char type = 0;
    CommandNumber command = 0;
    std::shared_ptr<const Statement> statement;  // shared with statements_
    std::shared_ptr<const Portal> portal;        // shared with statements_
    bool changes = false;                        // a change waits in statements_
    std::uint32_t function = 0;                  // of a FunctionCall
    std::uint64_t bytes = 0;
    std::string_view step;  // of the extended protocol, where it is a command of its own
    const Statement* judged() const {
      return portal != nullptr ? portal->statement.get() : statement.get();
    }
  };
  enum class Streaming { kNo, kForward, kDiscard };
  enum class Skipping { kNo, kServer, kOurselves };  // to the next Sync: who answers it

  Result<AgentStep> stream_on(const MessageDecoder::Piece& piece);
  Result<AgentStep> skip(const MessageDecoder::Piece& piece);
  Result<AgentStep> begin_query(const MessageDecoder::Piece& piece);
  Result<AgentStep> extended(const MessageDecoder::Piece& piece);
  static Result<void> read_call(const MessageDecoder::Piece& piece, Message& message);
  Result<void> read_into(const MessageDecoder::Piece& piece, Message& message);
  Result<AgentStep> copy_data(const MessageDecoder::Piece& piece);
  Result<AgentStep> sync();
  AgentStep flush();
  AgentStep decide(bool again);
  void mark_steps();
  void plan_extended();
  template <class Action>
  void each_judged(Action action) const;
  CommandNumber add(std::vector<Command> commands, const Message& message, std::string_view step);
  std::vector<Command> judge(const Statement* statement, std::string_view otherwise);
  void expect_sync();
  void clear_unit();

  Result<ServerStep> on_error(const MessageDecoder::Piece& piece);
  Result<ServerStep> on_ready(const MessageDecoder::Piece& piece);
  Result<ServerStep> on_complete(const MessageDecoder::Piece& piece);
  Result<ServerStep> on_answer(const MessageDecoder::Piece& piece);
  void pop_prepared(ServerStep& out);
  void on_copy_in();
  void skip_expected(std::vector<Ended>& ended);

  Classifier& classifier_;
  Statements statements_;

  // The unit that is being collected.
  std::vector<Message> messages_;
  std::string bytes_;
  std::size_t executed_bytes_ = 0;  // text of what it executes
  std::vector<Planned> unit_;
  CommandNumber next_number_ = 1;
  bool synced_ = false;   // it ends with Sync
  bool partial_ = false;  // its last message goes on in pieces
  bool flush_ = false;    // it ends with Flush
  bool deciding_ = false;
  bool overtaken_ = false;  // the server has begun to skip while it is decided

  std::deque<Expected> expected_;
  TransactionStatus status_ = TransactionStatus::kIdle;
  bool pipeline_open_ = false;  // extended messages were sent since the last Sync
  bool flushed_ = true;         // the server sends its answers without being asked again
  bool may_stream_ = false;     // something was admitted in this session
  bool copy_in_ = false;
  CommandNumber copy_command_ = 0;
  CommandNumber answering_ = 0;  // whose answer comes in pieces
  Streaming streaming_ = Streaming::kNo;
  Skipping skipping_ = Skipping::kNo;
};

}  // namespace sallyport::postgres
