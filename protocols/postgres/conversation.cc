#include "protocols/postgres/conversation.h"

#include <algorithm>

#include "core/identity/digest.h"
#include "protocols/postgres/encoder.h"
#include "protocols/postgres/target_login.h"
#include "protocols/postgres/values.h"

namespace sallyport::postgres {
namespace {

constexpr std::string_view kTooLarge = "(a statement that is too large to be judged)";

AgentStep step(AgentStep::Kind kind, bool again = false) {
  AgentStep out;
  out.kind = kind;
  out.again = again;
  return out;
}

AgentStep say(OwnWord word, bool again = false) {
  AgentStep out = step(AgentStep::Kind::kSay, again);
  out.word = static_cast<std::size_t>(word);
  return out;
}

bool is_query(char type) { return type == frontend::kQuery || type == frontend::kFunctionCall; }

}  // namespace

Result<AgentStep> Conversation::from_agent(const MessageDecoder::Piece& piece) {
  using Kind = AgentStep::Kind;
  if (!piece.first()) return stream_on(piece);
  const char type = piece.type;
  if (type == frontend::kTerminate) return step(Kind::kEnd);
  if (type == frontend::kPassword)
    return Error{ErrorCode::kMalformed, "a password after the login"};
  const bool of_copy =
      type == frontend::kCopyData || type == frontend::kCopyDone || type == frontend::kCopyFail;
  if (skipping_ != Skipping::kNo) return skip(piece);
  if (of_copy) return copy_data(piece);
  if (copy_in_) {
    // PostgreSQL §55.2.6: these two are ignored, every other message fails the copy.
    if (type == frontend::kSync || type == frontend::kFlush) return step(Kind::kNothing);
    copy_in_ = false;
    return say(OwnWord::kCopyFail, true);
  }
  if (type == frontend::kSync) return sync();
  if (type == frontend::kFlush) return flush();
  // What is in flight and was synchronised ends first: a refusal is then told in its place, on the
  // state the server is in.
  if (messages_.empty() && !expected_.empty() && !pipeline_open_) return step(Kind::kWait, true);
  return is_query(type) ? begin_query(piece) : extended(piece);
}

Result<AgentStep> Conversation::stream_on(const MessageDecoder::Piece& piece) {
  const Streaming how = streaming_;
  if (piece.last()) streaming_ = Streaming::kNo;
  if (how != Streaming::kForward) return step(AgentStep::Kind::kNothing);
  AgentStep out = step(AgentStep::Kind::kStream);
  if (piece.type == frontend::kCopyData) out.command = copy_command_;
  return out;
}

Result<AgentStep> Conversation::skip(const MessageDecoder::Piece& piece) {
  if (!piece.whole()) streaming_ = Streaming::kDiscard;
  if (piece.type != frontend::kSync) return step(AgentStep::Kind::kNothing);
  if (std::exchange(skipping_, Skipping::kNo) == Skipping::kServer) {
    expect_sync();
    return say(OwnWord::kSync);
  }
  AgentStep out = step(AgentStep::Kind::kReply);
  encode_ready(out.reply, status_);
  return out;
}

void Conversation::expect_sync() {
  expected_.push_back({frontend::kSync, 0, 0, false, {}, nullptr});
  pipeline_open_ = false;
  flushed_ = true;
}

Result<AgentStep> Conversation::sync() {
  if (!messages_.empty()) {
    encode_bare(bytes_, frontend::kSync);
    synced_ = true;
    return decide(false);
  }
  if (pipeline_open_) {
    expect_sync();
    return say(OwnWord::kSync);
  }
  if (!expected_.empty()) return step(AgentStep::Kind::kWait, true);
  AgentStep out = step(AgentStep::Kind::kReply);
  encode_ready(out.reply, status_);
  return out;
}

AgentStep Conversation::flush() {
  if (!messages_.empty()) {
    encode_bare(bytes_, frontend::kFlush);
    flush_ = true;
    return decide(false);
  }
  if (!pipeline_open_) return step(AgentStep::Kind::kNothing);
  flushed_ = true;
  return say(OwnWord::kFlush);
}

Result<AgentStep> Conversation::copy_data(const MessageDecoder::Piece& piece) {
  using Kind = AgentStep::Kind;
  if (copy_in_) {
    if (!piece.whole()) streaming_ = Streaming::kForward;
    if (piece.type != frontend::kCopyData) copy_in_ = false;
    AgentStep out = step(Kind::kStream);
    if (piece.type == frontend::kCopyData) out.command = copy_command_;
    return out;
  }
  // An agent that does not wait for the server's word: its COPY is decided first, and answered.
  if (!messages_.empty()) return decide(true);
  if (!expected_.empty() && !flushed_) {
    flushed_ = true;
    return say(OwnWord::kFlush, true);
  }
  if (!expected_.empty()) return step(Kind::kWait, true);
  // Probably the rest of a copy that has failed: PostgreSQL ignores it, too.
  if (!piece.whole()) streaming_ = Streaming::kDiscard;
  return step(Kind::kNothing);
}

Result<AgentStep> Conversation::begin_query(const MessageDecoder::Piece& piece) {
  if (!messages_.empty()) return decide(true);
  Message message;
  message.type = piece.type;
  message.bytes = piece.size;
  message.too_large = !piece.whole();
  if (piece.type == frontend::kQuery && piece.whole()) {
    auto text = read_query(piece.body);
    if (!text) return text.error();
    auto statement = std::make_shared<Statement>();
    statement->text = *text;
    message.statement = std::move(statement);
  }
  bytes_ = piece.wire;
  partial_ = !piece.whole();
  messages_.push_back(std::move(message));
  return decide(false);
}

Result<AgentStep> Conversation::extended(const MessageDecoder::Piece& piece) {
  Message message;
  message.type = piece.type;
  message.bytes = piece.size;
  message.too_large = !piece.whole();
  if (auto read = read_into(piece, message); !read) return read.error();
  bytes_.append(piece.wire);
  partial_ = !piece.whole();
  messages_.push_back(std::move(message));
  if (partial_ || messages_.size() >= kUnitMessages || bytes_.size() >= kUnitBytes)
    return decide(false);
  return step(AgentStep::Kind::kNothing);
}

Result<void> Conversation::read_into(const MessageDecoder::Piece& piece, Message& message) {
  if (piece.type == frontend::kParse) {
    auto statement = std::make_shared<Statement>();
    std::string name;
    if (piece.whole()) {
      auto parse = read_parse(piece.body);
      if (!parse) return parse.error();
      statement->text = parse->text;
      statement->types = std::move(parse->types);
      name = parse->statement;
    } else {
      statement->readable = false;
      FieldReader reader(piece.body);
      name = reader.text();
      if (reader.failed() || name.size() > kNameBytes)
        return Error{ErrorCode::kMalformed, "a Parse whose name does not fit"};
    }
    message.statement = statement;
    message.changes = true;
    return statements_.parse(name, std::move(statement));
  }
  if (piece.type == frontend::kBind) {
    auto bind = read_bind(piece.body, piece.whole());
    if (!bind) return bind.error();
    auto portal = std::make_shared<Portal>();
    portal->statement = statements_.statement(bind->statement);
    if (piece.whole() && bind->value_count > 0) {
      const auto values = read_values(*bind);
      if (!values) return values.error();
      portal->values = values_json(
          *values, portal->statement ? portal->statement->types : std::vector<std::uint32_t>());
      portal->digest = identity::sha256(bind->values);
    }
    if (piece.whole()) portal->result_formats = read_result_formats(*bind);
    message.portal = portal;
    message.changes = true;
    return statements_.bind(bind->portal, std::move(portal));
  }
  if (piece.type == frontend::kExecute) {
    const auto execute = read_execute(piece.body);
    if (!execute) return execute.error();
    message.portal = statements_.portal(execute->portal);
    return {};
  }
  const auto named = read_named(piece.body);
  if (!named) return named.error();
  if (named->kind == 'S') message.statement = statements_.statement(named->name);
  if (named->kind == 'P') message.portal = statements_.portal(named->name);
  if (piece.type == frontend::kClose) {
    statements_.close(named->kind, named->name);
    message.changes = true;
  }
  return {};
}

AgentStep Conversation::decide(bool again) {
  unit_.clear();
  if (is_query(messages_.front().type)) {
    Message& message = messages_.front();
    std::vector<Command> commands;
    if (message.type == frontend::kFunctionCall) {
      commands.push_back(unknown_command("(a function call by the protocol)"));
      commands.back().actions.add(Action::kExecute);
    } else {
      commands = judge(message.statement.get(), kTooLarge);
    }
    message.command = add(std::move(commands), message, {});
  } else {
    plan_extended();
  }
  deciding_ = true;
  return step(AgentStep::Kind::kDecide, again);
}

std::vector<Command> Conversation::judge(const Statement* statement, std::string_view otherwise) {
  if (statement != nullptr && statement->readable) {
    std::vector<Command> commands = classifier_.classify(statement->text);
    if (!commands.empty()) return commands;
    otherwise = statement->text;
  }
  std::vector<Command> unknown;
  unknown.push_back(unknown_command(otherwise));
  return unknown;
}

CommandNumber Conversation::add(std::vector<Command> commands, const Message& message,
                                std::string_view what) {
  const CommandNumber first = next_number_ + unit_.size();
  for (Command& command : commands) {
    Planned planned;
    if (!what.empty()) command.attributes.push_back({"postgres.step", std::string(what)});
    if (message.portal != nullptr) {
      planned.values = message.portal->values;
      planned.columns = message.portal->columns();
      command.payload_digest = message.portal->digest;
    }
    planned.command = std::move(command);
    unit_.push_back(std::move(planned));
  }
  unit_[first - next_number_].bytes = message.bytes;
  return first;
}

// A command per Execute, with the Parse and the Bind before it; one for a Parse or a Bind that is
// not executed in this unit.
void Conversation::plan_extended() {
  const auto statement_of = [](const Message& m) {
    return m.portal != nullptr ? m.portal->statement.get() : m.statement.get();
  };
  std::vector<const void*> covered;  // portals and statements of which there is a command
  for (const Message& m : messages_)
    if (m.type == frontend::kExecute) {
      covered.push_back(m.portal.get());
      covered.push_back(statement_of(m));
    }
  const auto among = [&](const void* one) {
    return one != nullptr && std::find(covered.begin(), covered.end(), one) != covered.end();
  };
  for (Message& m : messages_) {
    const Statement* statement = statement_of(m);
    std::string_view what;
    if (m.type == frontend::kExecute) what = "execute";
    if (m.type == frontend::kParse && !among(statement)) what = "parse";
    if (m.type == frontend::kBind && !among(m.portal.get()) && !among(statement)) what = "bind";
    if (what.empty()) continue;
    const bool known = statement != nullptr;
    m.command =
        add(judge(statement, known ? kTooLarge : "(a statement that is not known)"), m, what);
    covered.push_back(statement);
  }
  if (unit_.empty() && !may_stream_) {
    Command command;
    command.actions = {Action::kRead};
    command.text = "DESCRIBE";
    std::vector<Command> one;
    one.push_back(std::move(command));
    messages_.front().command = add(std::move(one), messages_.front(), "describe");
  }
  // What leads to a command is part of it: an error of its Parse is its failure.
  CommandNumber next = 0;
  for (auto m = messages_.rbegin(); m != messages_.rend(); ++m) {
    if (m->command != 0) {
      next = m->command;
    } else {
      m->command = next;
      if (next != 0) unit_[next - next_number_].bytes += m->bytes;
    }
  }
}

void Conversation::clear_unit() {
  messages_.clear();
  bytes_.clear();
  if (bytes_.capacity() > kIdleBuffer) bytes_.shrink_to_fit();
  unit_.clear();
  synced_ = flush_ = partial_ = deciding_ = overtaken_ = false;
}

std::vector<Command> Conversation::take_commands() {
  std::vector<Command> out;
  out.reserve(unit_.size());
  for (Planned& planned : unit_) out.push_back(std::move(planned.command));
  return out;
}

bool Conversation::is_rollback() const {
  const Message& message = messages_.front();
  if (message.type != frontend::kQuery || message.statement == nullptr) return false;
  std::string_view text = message.statement->text;
  while (!text.empty() && (text.back() == ';' || text.back() == ' ' || text.back() == '\n'))
    text.remove_suffix(1);
  constexpr std::string_view kRollback = "rollback";
  return text.size() == kRollback.size() &&
         std::equal(text.begin(), text.end(), kRollback.begin(),
                    [](char c, char lower) { return (c | 0x20) == lower; });
}

Consequence Conversation::rolled_back() {
  Consequence out;
  out.words.push_back(static_cast<std::size_t>(OwnWord::kRollback));
  expected_.push_back({frontend::kQuery, 0, 0, false, {}, nullptr});
  pipeline_open_ = false;
  flushed_ = true;
  classifier_.settle(true);
  clear_unit();
  return out;
}

std::optional<Consequence> Conversation::overtaken() {
  deciding_ = false;
  if (!overtaken_) return std::nullopt;
  Consequence out;
  if (partial_) streaming_ = Streaming::kDiscard;
  if (synced_) {
    skipping_ = Skipping::kNo;
    expect_sync();
    out.words.push_back(static_cast<std::size_t>(OwnWord::kSync));
  }
  classifier_.settle(false);
  clear_unit();
  return out;
}

void Conversation::admitted() {
  if (!unit_.empty()) may_stream_ = true;
  if (partial_) streaming_ = Streaming::kForward;
  const bool query = is_query(messages_.front().type);
  for (const Message& m : messages_)
    expected_.push_back(
        {m.type, m.command, query ? next_number_ + unit_.size() : 0, false, {}, m.statement});
  pipeline_open_ = !query;
  flushed_ = query || flush_;
  if (synced_) expect_sync();
  next_number_ += unit_.size();
  classifier_.settle(true);
  clear_unit();
}

Consequence Conversation::refused(std::string error) {
  Consequence out;
  const auto word = [&](OwnWord which) { out.words.push_back(static_cast<std::size_t>(which)); };
  const bool query = is_query(messages_.front().type);
  // What the server would abort for an error of its own is aborted by one.
  const bool in_step = pipeline_open_ || status_ == TransactionStatus::kInTransaction;
  statements_.drop_newest(static_cast<std::size_t>(std::count_if(
      messages_.begin(), messages_.end(), [](const Message& m) { return m.changes; })));
  if (partial_) streaming_ = Streaming::kDiscard;
  if (in_step) {
    word(query ? OwnWord::kFailingQuery : OwnWord::kFailingParse);
    expected_.push_back({query ? frontend::kQuery : frontend::kParse, 0, 0, true, error, nullptr});
    pipeline_open_ = !query;
    flushed_ = query;
    if (!query && synced_) {
      word(OwnWord::kSync);
      expect_sync();
    } else if (!query) {
      word(OwnWord::kFlush);
      flushed_ = true;
      skipping_ = Skipping::kServer;
    }
  } else {
    out.reply = std::move(error);
    if (query || synced_) {
      encode_ready(out.reply, status_);
    } else {
      skipping_ = Skipping::kOurselves;
    }
  }
  classifier_.settle(false);
  clear_unit();
  return out;
}

}  // namespace sallyport::postgres
