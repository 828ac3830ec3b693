// A conversation without sockets: an agent's messages and a server's go in, and what happens is one
// line of text per action. Statements are judged by their first word: "drop" is refused.
#pragma once

#include <string>
#include <string_view>

#include "protocols/postgres/conversation.h"
#include "protocols/postgres/encoder.h"
#include "tests/postgres/transcript.h"

namespace sallyport::postgres {

// A Command per statement, split at semicolons.
class FakeClassifier final : public Classifier {
 public:
  std::function<void()> read_ahead(std::vector<std::shared_ptr<const Statement>>) override {
    return [] {};
  }
  Command function_call(std::uint32_t function) override {
    return unknown_command("(function " + std::to_string(function) + ")");
  }
  std::vector<Command> classify(std::string_view text) override {
    std::vector<Command> out;
    do {
      const std::size_t end = text.find(';');
      Command command;
      command.text = std::string(text.substr(0, end));
      command.actions = {Action::kRead};
      out.push_back(std::move(command));
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    } while (!text.empty());
    return out;
  }
  void settle(bool sent) override { settled += sent ? "+" : "-"; }
  void undone() override { settled += "u"; }
  void committed() override { settled += "c"; }
  void report(std::string_view name, std::string_view value) override {
    reported += std::string(name) + "=" + std::string(value) + ";";
  }
  std::string settled;
  std::string reported;
};

class Talk {
 public:
  // The agent sends messages: what follows, as "sent Q P…" (types), "say N", "reply E Z", "asked:
  // texts", "wait", "end", "error".
  std::string agent(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
      auto piece = agent_.next(bytes);
      if (!piece) return out + "error ";
      if (!*piece) return out + "more ";
      for (;;) {
        auto step = conversation.from_agent(**piece);
        if (!step) return out + "error ";
        out += carry_out(*step, **piece);
        if (step->kind == AgentStep::Kind::kWait) return out;
        if (!step->again) break;
      }
      bytes.remove_prefix((*piece)->wire.size());
    }
    return out;
  }

  // The server answers: types that go on to the agent, "E'" for one of the broker's in the place of
  // the server's, and "(n status)" for each command that ended.
  std::string server(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
      auto piece = server_.next(bytes);
      if (!piece || !*piece) return out + "error ";
      auto step = conversation.from_server(**piece);
      if (!step) return out + "error ";
      if (step->relay && (*piece)->first()) out += std::string(1, (*piece)->type) + " ";
      if (!step->relay) out += step->instead.empty() ? "- " : "E' ";
      for (const Ended& e : step->ended)
        out += "(" + std::to_string(e.command) + (e.failed ? " failed" : "") +
               (e.executed ? "" : " skipped") + (e.status.empty() ? "" : " " + e.status) + ") ";
      bytes.remove_prefix((*piece)->wire.size());
    }
    return out;
  }

  bool hold = false;  // units are not decided until decide() is called
  std::string decide() {
    std::string out = "asked:";
    conversation.plan();
    bool refused = false;
    for (const Planned& one : conversation.unit()) {
      out += " " + one.command.text + (one.values.empty() ? "" : " " + one.values);
      refused = refused || one.command.text.starts_with("drop");
    }
    out += "; ";
    if (auto overtaken = conversation.overtaken()) return out + "overtaken " + follow(*overtaken);
    if (refused) {
      std::string error;
      ErrorFields fields;
      fields.sqlstate = "42501";
      encode_error(error, fields);
      return out + follow(conversation.refused(error));
    }
    out += "sent " + types(conversation.unit_bytes());
    conversation.admitted();
    return out;
  }

  FakeClassifier classifier;
  Conversation conversation{classifier};

 private:
  static std::string types(std::string_view bytes) {
    std::string out;
    MessageDecoder decoder(Direction::kFrontend);
    for (;;) {
      auto piece = decoder.next(bytes);
      if (!piece || !*piece) return out;
      if ((*piece)->first()) out += std::string(1, (*piece)->type) + " ";
      bytes.remove_prefix((*piece)->wire.size());
    }
  }
  static std::string reply(std::string_view bytes) {
    std::string out = "reply ";
    MessageDecoder decoder(Direction::kBackend);
    for (;;) {
      auto piece = decoder.next(bytes);
      if (!piece || !*piece) return out;
      out += std::string(1, (*piece)->type);
      if ((*piece)->type == 'Z') out.append((*piece)->body);
      out += " ";
      bytes.remove_prefix((*piece)->wire.size());
    }
  }
  static std::string follow(const Consequence& c) {
    std::string out;
    for (const std::size_t word : c.words) out += "say " + std::to_string(word) + " ";
    return c.reply.empty() ? out : out + reply(c.reply);
  }
  std::string carry_out(const AgentStep& step, const MessageDecoder::Piece& piece) {
    switch (step.kind) {
      case AgentStep::Kind::kNothing:
        return {};
      case AgentStep::Kind::kWait:
        return "wait ";
      case AgentStep::Kind::kDecide:
        return hold ? std::string("deciding ") : decide();
      case AgentStep::Kind::kStream:
        return "stream " + std::string(1, piece.type) + " ";
      case AgentStep::Kind::kSay:
        return "say " + std::to_string(step.word) + " ";
      case AgentStep::Kind::kReply:
        return reply(step.reply);
      case AgentStep::Kind::kEnd:
        return "end ";
    }
    return {};
  }
  MessageDecoder agent_{Direction::kFrontend};
  MessageDecoder server_{Direction::kBackend};
};

// Messages by what they say.
inline std::string zero(std::string_view text) { return std::string(text) + '\0'; }
inline std::string query(std::string_view text) { return message('Q', zero(text)); }
inline std::string parse(std::string_view name, std::string_view text) {
  return message('P', zero(name) + zero(text) + std::string(2, '\0'));
}
inline std::string bind(std::string_view portal, std::string_view name,
                        std::string_view value = {}) {
  std::string values(2, '\0');
  values += value.empty() ? std::string(2, '\0') : std::string("\0\1\0\0\0", 5);
  if (!value.empty())
    values += std::string(1, static_cast<char>(value.size())) + std::string(value);
  return message('B', zero(portal) + zero(name) + values + std::string(2, '\0'));
}
inline std::string execute(std::string_view portal) {
  return message('E', zero(portal) + std::string(4, '\0'));
}
inline std::string describe(char kind, std::string_view name) {
  return message('D', kind + zero(name));
}
inline std::string close(char kind, std::string_view name) {
  return message('C', kind + zero(name));
}
inline const std::string kSyncMessage = message('S', "");
inline const std::string kFlushMessage = message('H', "");

inline std::string done(std::string_view tag) { return message('C', zero(tag)); }
inline std::string ready(char status) { return message('Z', std::string(1, status)); }
inline std::string failure(std::string_view sqlstate, std::string_view severity = "ERROR") {
  return message('E', "V" + zero(severity) + "C" + zero(sqlstate) + '\0');
}
inline const std::string kParsed = message('1', "");
inline const std::string kBound = message('2', "");

}  // namespace sallyport::postgres
