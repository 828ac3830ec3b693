// Units: what they attempt, and what follows when they may be sent, or not.
#include <algorithm>

#include "protocols/postgres/conversation.h"
#include "protocols/postgres/encoder.h"
#include "protocols/postgres/own_words.h"

namespace sallyport::postgres {
namespace {

constexpr std::string_view kTooLarge = "(a statement that is too large to be judged)";

bool is_query(char type) { return type == frontend::kQuery || type == frontend::kFunctionCall; }

}  // namespace

AgentStep Conversation::decide(bool again) {
  unit_.clear();
  if (!is_query(messages_.front().type)) mark_steps();
  deciding_ = true;
  AgentStep out;
  out.kind = AgentStep::Kind::kDecide;
  out.again = again;
  return out;
}

template <class Action>
void Conversation::each_judged(Action action) const {
  for (const Message& m : messages_) {
    const Statement* statement = m.judged();
    const bool judged = m.type == frontend::kQuery || !m.step.empty();
    if (judged && statement != nullptr && statement->readable) action(m);
  }
}

std::vector<std::shared_ptr<const Statement>> Conversation::to_judge() const {
  std::vector<std::shared_ptr<const Statement>> out;
  each_judged([&](const Message& m) {
    out.push_back(m.portal != nullptr ? m.portal->statement : m.statement);
  });
  return out;
}

std::size_t Conversation::bytes_to_judge() const {
  std::size_t bytes = 0;
  each_judged([&](const Message& m) { bytes += m.judged()->text.size(); });
  return bytes;
}

void Conversation::plan() {
  Message& message = messages_.front();
  if (!is_query(message.type)) return plan_extended();
  std::vector<Command> commands;
  if (message.type == frontend::kFunctionCall) {
    commands.push_back(classifier_.function_call(message.function));
  } else {
    commands = judge(message.statement.get(), kTooLarge);
  }
  message.command = add(std::move(commands), message, {});
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
void Conversation::mark_steps() {
  std::vector<const void*> covered;  // portals and statements of which there is a command
  for (const Message& m : messages_)
    if (m.type == frontend::kExecute) {
      covered.push_back(m.portal.get());
      covered.push_back(m.judged());
    }
  const auto among = [&](const void* one) {
    return one != nullptr && std::find(covered.begin(), covered.end(), one) != covered.end();
  };
  for (Message& m : messages_) {
    const Statement* statement = m.judged();
    if (m.type == frontend::kExecute) m.step = "execute";
    if (m.type == frontend::kParse && !among(statement)) m.step = "parse";
    if (m.type == frontend::kBind && !among(m.portal.get()) && !among(statement)) m.step = "bind";
    if (!m.step.empty()) covered.push_back(statement);
  }
}

void Conversation::plan_extended() {
  for (Message& m : messages_) {
    if (m.step.empty()) continue;
    const Statement* statement = m.judged();
    const bool known = statement != nullptr;
    m.command =
        add(judge(statement, known ? kTooLarge : "(a statement that is not known)"), m, m.step);
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
  executed_bytes_ = 0;
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
