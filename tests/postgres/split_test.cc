// A whole talk, of every type of message in both directions, cut at every byte.
#include <catch2/catch.hpp>

#include "tests/postgres/talk.h"

using namespace sallyport;
using namespace sallyport::postgres;

namespace {

struct Turn {
  bool agent = false;
  std::string bytes;
};

const std::string kOneColumn =
    message('T', std::string("\0\1n\0\0\0\0\0\0\0\0\0\0\x17\0\4\0\0\0\0\0\0", 22));
const std::string kOneRow = message('D', std::string("\0\1\0\0\0\1", 6) + "7");

std::vector<Turn> talk_of_everything() {
  return {
      {true, query("select 1;select 2")},
      {false, message('N', zero("SNOTICE") + '\0') + kOneColumn + kOneRow + done("SELECT 1") +
                  done("SELECT 0") + ready('I')},
      {true, parse("s", "select $1") + describe('S', "s") + bind("p", "s", "7") +
                 describe('P', "p") + execute("p") + close('P', "p") + kFlushMessage},
      {false, kParsed + message('t', std::string("\0\1\0\0\0\x17", 6)) + message('n', "") + kBound +
                  kOneColumn + kOneRow + message('s', "") + message('3', "")},
      {true, bind("", "s", "8") + execute("") + kSyncMessage},
      {false, kBound + message('I', "") + ready('T')},
      {true, query("drop it")},
      {false, failure("42601") + ready('E')},
      {true, query("rollback")},
      {false, done("ROLLBACK") + message('S', zero("TimeZone") + zero("UTC")) + ready('I')},
      {true, query("copy t from stdin")},
      {false, message('G', std::string(3, '\0'))},
      {true, message('d', "1\n") + message('d', "2\n") + message('c', "")},
      {false, done("COPY 2") + ready('I')},
      {true, query("copy t from stdin")},
      {false, message('G', std::string(3, '\0'))},
      {true, message('d', "1\n") + message('f', zero("no"))},
      {false, failure("57014") + ready('I')},
      {true, query("copy t to stdout")},
      {false, message('H', std::string(3, '\0')) + message('d', "1\n") + message('c', "") +
                  done("COPY 1") + ready('I')},
      {true, message('F', std::string(10, '\0'))},
      {false,
       message('V', std::string(4, '\xff')) + message('A', std::string(6, '\0')) + ready('I')},
      {true, message('X', "")},
  };
}

// Bytes of `held` that are whole messages.
std::size_t whole(std::string_view held) {
  std::size_t at = 0;
  while (held.size() - at >= 5) {
    FieldReader reader(held.substr(at + 1));
    const std::size_t size = 1 + std::size_t{reader.int32()};
    if (held.size() - at < size) break;
    at += size;
  }
  return at;
}

// Turn `cut_turn` arrives in two parts, the first one `cut` bytes long.
std::string hear(const std::vector<Turn>& turns, std::size_t cut_turn, std::size_t cut) {
  Talk talk;
  std::string out;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const std::string& bytes = turns[i].bytes;
    std::string_view rest = bytes;
    for (const std::size_t end : {i == cut_turn ? cut : 0, bytes.size()}) {
      const std::size_t begin = bytes.size() - rest.size();
      if (end <= begin) continue;
      const std::size_t ready = whole(rest.substr(0, end - begin));
      out +=
          turns[i].agent ? talk.agent(rest.substr(0, ready)) : talk.server(rest.substr(0, ready));
      rest.remove_prefix(ready);
    }
    out += "/ ";
  }
  return out;
}

}  // namespace

TEST_CASE("A talk is the same wherever its bytes are cut") {
  const std::vector<Turn> turns = talk_of_everything();
  const std::string wanted = hear(turns, turns.size(), 0);
  CHECK(wanted ==
        "asked: select 1 select 2; sent Q / N T D C (1 SELECT 1) C Z (2 SELECT 0) / "
        "asked: select $1 [\"7\"]; sent P D B D E C H / 1 t n 2 T D s (3 SUSPENDED) 3 / "
        "asked: select $1 [\"8\"]; sent B E S / 2 I (4 EMPTY) Z / asked: drop it; say 5 / E' Z / "
        "asked: rollback; sent Q / C S Z (5 ROLLBACK) / asked: copy t from stdin; sent Q / G / "
        "stream d stream d stream c / C Z (6 COPY 2) / asked: copy t from stdin; sent Q / G / "
        "stream d stream f / E (7 failed 57014) Z / asked: copy t to stdout; sent Q / "
        "H d c C Z (8 COPY 1) / asked: (function 0) []; sent F / V A Z (9) / end "
        "/ ");
  for (std::size_t turn = 0; turn < turns.size(); ++turn)
    for (std::size_t cut = 1; cut < turns[turn].bytes.size(); ++cut) {
      INFO("turn " << turn << " cut at " << cut);
      REQUIRE(hear(turns, turn, cut) == wanted);
    }
}
