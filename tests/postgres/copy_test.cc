// COPY in both directions, through either protocol.
#include <catch2/catch.hpp>

#include "tests/postgres/talk.h"

using namespace sallyport;
using namespace sallyport::postgres;

namespace {

const std::string kCopyIn = message('G', std::string(3, '\0'));
const std::string kCopyOut = message('H', std::string(3, '\0'));
const std::string kData = message('d', "1\t2\n");
const std::string kDone = message('c', "");

}  // namespace

TEST_CASE("COPY from the agent streams after the server has asked for it") {
  Talk talk;
  talk.agent(query("copy t from stdin"));
  CHECK(talk.agent(kData) == "wait ");
  CHECK(talk.server(kCopyIn) == "G ");
  CHECK(talk.agent(kData + kData + kDone) == "stream d stream d stream c ");
  CHECK(talk.server(done("COPY 2") + ready('I')) == "C Z (1 COPY 2) ");
}

TEST_CASE("COPY to the agent") {
  Talk talk;
  talk.agent(query("copy t to stdout"));
  CHECK(talk.server(kCopyOut + kData + kDone + done("COPY 1") + ready('I')) ==
        "H d c C Z (1 COPY 1) ");
}

TEST_CASE("A copy that fails takes the rest of its data with it") {
  Talk talk;
  talk.agent(query("copy t from stdin"));
  talk.server(kCopyIn);
  CHECK(talk.agent(kData) == "stream d ");
  CHECK(talk.server(failure("22P02") + ready('I')) == "E (1 failed 22P02) Z ");
  CHECK(talk.agent(kData + kDone).empty());
  CHECK(talk.agent(query("select 1")) == "asked: select 1; sent Q ");
}

TEST_CASE("The agent gives up its copy") {
  Talk talk;
  talk.agent(query("copy t from stdin"));
  talk.server(kCopyIn);
  CHECK(talk.agent(message('f', zero("no"))) == "stream f ");
  CHECK(talk.server(failure("57014") + ready('I')) == "E (1 failed 57014) Z ");
}

TEST_CASE("The Sync that was sent with a copy is the copy's, and another one follows") {
  Talk talk;
  talk.agent(parse("", "copy t from stdin") + bind("", "") + execute("") + kSyncMessage);
  CHECK(talk.server(kParsed + kBound + kCopyIn) == "1 2 G ");
  CHECK(talk.agent(kSyncMessage).empty());
  CHECK(talk.agent(kData + kDone) == "stream d stream c ");
  CHECK(talk.agent(kSyncMessage) == "say 1 ");
  CHECK(talk.server(done("COPY 1") + ready('I')) == "C (1 COPY 1) Z ");
  CHECK(talk.conversation.idle());
}

TEST_CASE("Data sent ahead of the server's word waits for it") {
  Talk talk;
  CHECK(talk.agent(parse("", "copy t from stdin") + bind("", "") + execute("") + kData) ==
        "asked: copy t from stdin; sent P B E say 2 wait ");
  talk.server(kParsed + kBound + kCopyIn);
  CHECK(talk.agent(kData + kDone + kSyncMessage) == "stream d stream c say 1 ");
  CHECK(talk.server(done("COPY 1") + ready('I')) == "C (1 COPY 1) Z ");
}

TEST_CASE("A refused copy drops the data behind it") {
  Talk talk;
  CHECK(talk.agent(query("drop the copy")) == "asked: drop the copy; reply E ZI ");
  CHECK(talk.agent(kData + kDone).empty());
  CHECK(talk.conversation.idle());
}

TEST_CASE("Another command in the middle of a copy fails the copy") {
  Talk talk;
  talk.agent(query("copy t from stdin"));
  talk.server(kCopyIn);
  CHECK(talk.agent(query("select 1")) == "say 6 wait ");
  talk.server(failure("57014") + ready('I'));
  CHECK(talk.agent(query("select 1")) == "asked: select 1; sent Q ");
}
