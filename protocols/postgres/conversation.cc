#include "protocols/postgres/conversation.h"

#include "core/identity/digest.h"
#include "protocols/postgres/encoder.h"
#include "protocols/postgres/own_words.h"
#include "protocols/postgres/values.h"

namespace sallyport::postgres {
namespace {

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
  // What was asked for before goes to its end, as at the server itself.
  if (type == frontend::kTerminate)
    return agents_turn() ? step(Kind::kEnd) : step(Kind::kWait, true);
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
  if (piece.type == frontend::kQuery && piece.whole()) {
    auto text = read_query(piece.body);
    if (!text) return text.error();
    auto statement = std::make_shared<Statement>();
    statement->text = *text;
    message.statement = std::move(statement);
  }
  if (piece.type == frontend::kFunctionCall) {
    message.function = FieldReader(piece.body).int32();
    if (auto read = read_call(piece, message); !read) return read.error();
  }
  bytes_ = piece.wire;
  partial_ = !piece.whole();
  messages_.push_back(std::move(message));
  return decide(false);
}

// Its arguments are recorded as bound values are; those of a large one are not.
Result<void> Conversation::read_call(const MessageDecoder::Piece& piece, Message& message) {
  if (!piece.whole()) return {};
  const auto call = read_function_call(piece.body);
  if (!call) return call.error();
  auto portal = std::make_shared<Portal>();
  portal->values = values_json(call->values, {});
  portal->digest = identity::sha256(call->arguments);
  message.portal = std::move(portal);
  return {};
}

Result<AgentStep> Conversation::extended(const MessageDecoder::Piece& piece) {
  Message message;
  message.type = piece.type;
  message.bytes = piece.size;
  if (auto read = read_into(piece, message); !read) return read.error();
  bytes_.append(piece.wire);
  partial_ = !piece.whole();
  messages_.push_back(std::move(message));
  if (partial_ || messages_.size() >= kUnitMessages ||
      bytes_.size() + executed_bytes_ >= kUnitBytes)
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
    if (const Statement* statement = message.judged()) executed_bytes_ += statement->text.size();
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

}  // namespace sallyport::postgres
