#include "protocols/postgres/conversation.h"

#include <catch2/catch.hpp>

#include "tests/postgres/talk.h"

using namespace sallyport;
using namespace sallyport::postgres;

// Own words, as in target_login.h: 1 Sync, 2 Flush, 4 failing Parse, 5 failing Query, 6 CopyFail.

TEST_CASE("A simple query is asked, sent and ends with its tag") {
  Talk talk;
  CHECK(talk.agent(query("select 1")) == "asked: select 1; sent Q ");
  CHECK(talk.server(message('T', std::string(2, '\0')) + message('D', std::string(2, '\0')) +
                    done("SELECT 1") + ready('I')) == "T D C Z (1 SELECT 1) ");
  CHECK(talk.conversation.idle());
}

TEST_CASE("Each statement of a query is a command with an end of its own") {
  Talk talk;
  CHECK(talk.agent(query("a;b;c")) == "asked: a b c; sent Q ");
  CHECK(talk.server(done("A 1") + done("B 2")) == "C (1 A 1) C (2 B 2) ");
  CHECK(talk.server(failure("42P01") + ready('I')) == "E (3 failed 42P01) Z ");
  CHECK(talk.agent(query("a;b;c")) == "asked: a b c; sent Q ");
  CHECK(talk.server(done("A") + failure("22012") + ready('I')) ==
        "C (4 A) E (5 failed 22012) (6 failed skipped) Z ");
}

TEST_CASE("A refused query outside a transaction is answered by the broker alone") {
  Talk talk;
  CHECK(talk.agent(query("drop x")) == "asked: drop x; reply E ZI ");
  CHECK(talk.agent(query("select 1;drop x")) == "asked: select 1 drop x; reply E ZI ");
  CHECK(talk.agent(query("select 1")) == "asked: select 1; sent Q ");
  CHECK(talk.server(done("SELECT 1") + ready('I')) == "C Z (1 SELECT 1) ");
  CHECK(talk.classifier.settled == "--+c");
}

TEST_CASE("A refused query in a transaction fails it at the server") {
  Talk talk;
  talk.agent(query("begin"));
  talk.server(done("BEGIN") + ready('T'));
  CHECK(talk.agent(query("drop x")) == "asked: drop x; say 5 ");
  CHECK(talk.server(failure("42601") + ready('E')) == "E' Z ");
  CHECK(talk.conversation.status() == TransactionStatus::kFailed);
  // It is aborted already: nothing more to abort.
  CHECK(talk.agent(query("drop x")) == "asked: drop x; reply E ZE ");
}

TEST_CASE("The extended protocol is one unit to its Sync and one command per Execute") {
  Talk talk;
  CHECK(talk.agent(parse("", "select $1") + bind("", "", "7") + describe('P', "") + execute("") +
                   kSyncMessage) == "asked: select $1 [\"7\"]; sent P B D E S ");
  CHECK(talk.server(kParsed + kBound + message('T', std::string(2, '\0')) + done("SELECT 1") +
                    ready('I')) == "1 2 T C (1 SELECT 1) Z ");
}

TEST_CASE("A prepared statement is a command when it is prepared and at each use") {
  Talk talk;
  CHECK(talk.agent(parse("s", "select $1") + describe('S', "s") + kSyncMessage) ==
        "asked: select $1; sent P D S ");
  CHECK(talk.server(kParsed + message('t', std::string(2, '\0')) + message('n', "") + ready('I')) ==
        "1 (1 PARSE) t n Z ");
  for (int i = 0; i < 2; ++i) {
    CHECK(talk.agent(bind("", "s", "v") + execute("") + kSyncMessage) ==
          "asked: select $1 [\"v\"]; sent B E S ");
    talk.server(kBound + done("SELECT 1") + ready('I'));
  }
  CHECK(talk.agent(close('S', "s") + kSyncMessage) == "asked:; sent C S ");
  talk.server(message('3', "") + ready('I'));
  CHECK(talk.agent(bind("", "s") + execute("") + kSyncMessage) ==
        "asked: (a statement that is not known); sent B E S ");
}

TEST_CASE("Values in binary are read by the types that the server has told") {
  Talk talk;
  talk.agent(parse("s", "select $1") + describe('S', "s") + kFlushMessage);
  talk.server(kParsed + message('t', std::string("\0\1\0\0\0\x17", 6)) + message('n', ""));
  const std::string binary("\0s\0\0\1\0\1\0\1\0\0\0\4\0\0\0\7\0\0", 19);
  CHECK(talk.agent(message('B', binary) + execute("") + kSyncMessage) ==
        "asked: select $1 [\"7\"]; sent B E S ");
}

TEST_CASE("A refused unit outside a transaction is answered by the broker alone") {
  Talk talk;
  CHECK(talk.agent(parse("", "drop x") + bind("", "") + execute("") + kSyncMessage) ==
        "asked: drop x; reply E ZI ");
  CHECK(talk.agent(parse("", "select 1") + bind("", "") + execute("") + kSyncMessage) ==
        "asked: select 1; sent P B E S ");
}

TEST_CASE("After a refusal the broker discards to the next Sync") {
  Talk talk;
  CHECK(talk.agent(parse("", "drop x") + kFlushMessage) == "asked: drop x; reply E ");
  CHECK(talk.agent(bind("", "") + execute("") + kFlushMessage).empty());
  CHECK(talk.agent(kSyncMessage) == "reply ZI ");
  CHECK(talk.agent(kSyncMessage) == "reply ZI ");
}

TEST_CASE("A refusal behind what was flushed fails the server's own transaction") {
  Talk talk;
  CHECK(talk.agent(parse("", "insert") + bind("", "") + execute("") + kFlushMessage) ==
        "asked: insert; sent P B E H ");
  talk.server(kParsed + kBound + done("INSERT 0 1"));
  CHECK(talk.agent(parse("", "drop x") + bind("", "") + execute("") + kSyncMessage) ==
        "asked: drop x; say 4 say 1 ");
  CHECK(talk.server(failure("42601") + ready('I')) == "E' Z ");
  CHECK(talk.conversation.idle());
}

TEST_CASE("The 57th of a pipeline is refused and the 56 before it are rolled back with it") {
  Talk talk;
  talk.agent(query("begin"));
  talk.server(done("BEGIN") + ready('T'));
  std::string pipeline;
  for (int i = 0; i < 56; ++i) pipeline += parse("", "insert") + bind("", "") + execute("");
  pipeline += parse("", "drop x") + bind("", "") + execute("") + kSyncMessage;
  CHECK(talk.agent(pipeline).ends_with("drop x; say 4 say 1 "));
  CHECK(talk.server(failure("42601") + ready('E')) == "E' Z ");
}

TEST_CASE("A unit ends at its bounds, and what follows is not held up by it") {
  Talk talk;
  std::string many;
  for (std::size_t i = 0; i < kUnitMessages; ++i) many += bind("", "");
  CHECK(talk.agent(many).find("sent B") != std::string::npos);
  CHECK(talk.agent(bind("", "")).empty());
  CHECK(talk.agent(kSyncMessage).find("sent B S") != std::string::npos);
}

TEST_CASE("An error of the server skips to the Sync, and so does the broker") {
  Talk talk;
  talk.agent(parse("", "a") + bind("", "") + execute("") + parse("", "b") + bind("", "") +
             execute("") + kSyncMessage);
  CHECK(talk.server(kParsed + kBound + failure("22012") + ready('I')) ==
        "1 2 E (1 failed 22012) (2 failed skipped) Z ");
  // Without a Sync sent so far.
  talk.agent(parse("", "a") + bind("", "") + execute("") + kFlushMessage);
  CHECK(talk.server(failure("42601")) == "E (3 failed 42601) ");
  CHECK(talk.agent(parse("", "drop x") + execute("") + kFlushMessage).empty());
  CHECK(talk.agent(kSyncMessage) == "say 1 ");
  CHECK(talk.server(ready('I')) == "Z ");
  CHECK(talk.conversation.idle());
}

TEST_CASE("An error that arrives while a unit is decided overtakes it") {
  Talk talk;
  talk.agent(parse("", "a") + bind("", "") + execute("") + kFlushMessage);
  talk.hold = true;
  CHECK(talk.agent(parse("", "b") + kSyncMessage) == "deciding ");
  talk.server(failure("42601"));
  CHECK(talk.decide() == "asked: b; overtaken say 1 ");
  CHECK(talk.server(ready('I')) == "Z ");
  CHECK(talk.conversation.idle());
}

TEST_CASE("The next unit waits for the answer to the one before") {
  Talk talk;
  talk.agent(query("select 1"));
  CHECK(talk.agent(query("select 2")) == "wait ");
  CHECK(talk.agent(kSyncMessage) == "wait ");
  talk.server(done("SELECT 1") + ready('I'));
  CHECK(talk.agent(query("select 2")) == "asked: select 2; sent Q ");
}

TEST_CASE("A statement that failed to parse keeps its old meaning") {
  Talk talk;
  talk.agent(parse("s", "harmless") + kSyncMessage);
  talk.server(kParsed + ready('I'));
  talk.agent(parse("s", "other") + kSyncMessage);
  talk.server(failure("42P05") + ready('I'));
  CHECK(talk.agent(bind("", "s") + execute("") + kSyncMessage) == "asked: harmless; sent B E S ");
}

TEST_CASE("A refused Parse leaves no statement behind") {
  Talk talk;
  CHECK(talk.agent(parse("s", "drop x") + kSyncMessage) == "asked: drop x; reply E ZI ");
  CHECK(talk.agent(bind("", "s") + execute("") + kSyncMessage) ==
        "asked: (a statement that is not known); sent B E S ");
}

TEST_CASE("A query too large to be judged is unknown, and its rest follows its fate") {
  for (const bool refused : {false, true}) {
    FakeClassifier classifier;
    Conversation conversation(classifier);
    MessageDecoder decoder(Direction::kFrontend);
    const std::string bytes = query(std::string(kWholeStatement + 1, 'x'));
    auto first = decoder.next(bytes);
    auto step = conversation.from_agent(**first);
    REQUIRE(step.ok());
    CHECK(step->kind == AgentStep::Kind::kDecide);
    conversation.plan();
    REQUIRE(conversation.unit().size() == 1);
    CHECK(conversation.unit()[0].command.actions.has(Action::kUnknown));
    CHECK_FALSE(conversation.overtaken().has_value());
    if (refused) {
      conversation.refused("x");
    } else {
      conversation.admitted();
    }
    auto rest = decoder.next(std::string_view(bytes).substr((*first)->wire.size()));
    auto second = conversation.from_agent(**rest);
    REQUIRE(second.ok());
    CHECK(second->kind == (refused ? AgentStep::Kind::kNothing : AgentStep::Kind::kStream));
    CHECK(conversation.at_rest() == refused);
  }
}

TEST_CASE("A function call is unknown and ends like a query") {
  Talk talk;
  CHECK(talk.agent(message('F', std::string("1234\0\0\0\1\0\0\0\1x\0\1", 15))) ==
        "asked: (function 825373492) [\"x\"]; sent F ");
  CHECK(talk.server(message('V', "\xff\xff\xff\xff") + ready('I')) == "V Z (1) ");
}

TEST_CASE("What the server says of itself passes at any time") {
  Talk talk;
  const std::string said = message('N', std::string(1, '\0')) + message('A', std::string(6, '\0')) +
                           message('S', zero("TimeZone") + zero("UTC"));
  CHECK(talk.server(said) == "N A S ");
  talk.agent(query("select 1"));
  CHECK(talk.server(said) == "N A S ");
  CHECK(talk.classifier.reported == "TimeZone=UTC;TimeZone=UTC;");
  CHECK(talk.server(failure("57P01", "FATAL")) == "E (1 failed 57P01) ");
  CHECK(talk.conversation.unfinished() == std::vector<CommandNumber>{1});
}

TEST_CASE("A server out of step ends the session") {
  for (const std::string& wrong :
       {message('R', std::string(4, '\0')), message('D', std::string(2, '\0')), kParsed, kBound,
        message('K', "12345678"), done("SELECT 1"), message('W', std::string(3, '\0'))}) {
    Talk talk;
    CHECK(talk.server(wrong) == "error ");
  }
  Talk talk;
  talk.agent(query("select 1"));
  CHECK(talk.server(kParsed) == "error ");
}

TEST_CASE("A rollback is known from everything else") {
  for (const auto& [text, is] : {std::pair("ROLLBACK", true),
                                 {"rollback;\n", true},
                                 {"rollback to a", false},
                                 {"rollback; drop", false},
                                 {"", false}}) {
    Talk talk;
    talk.hold = true;
    talk.agent(query(text));
    CHECK(talk.conversation.is_rollback() == is);
  }
  Talk talk;
  talk.hold = true;
  talk.agent(query("rollback"));
  CHECK(talk.conversation.rolled_back().words == std::vector<std::size_t>{3});
  CHECK(talk.server(done("ROLLBACK") + ready('I')) == "C Z ");
}

TEST_CASE("A password after the login, and goodbye") {
  Talk talk;
  CHECK(talk.agent(message('p', zero("token"))) == "error ");
  CHECK(talk.agent(message('X', "")) == "end ");
}
