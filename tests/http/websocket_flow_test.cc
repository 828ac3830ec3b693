#include "protocols/http/websocket_flow.h"

#include <catch2/catch.hpp>

#include "protocols/http/limits.h"
#include "tests/http/frames.h"
#include "tests/http/screens.h"
#include "tests/http/transcript.h"

namespace sallyport::http::test {
namespace {

struct Seen {
  std::string wire;      // as a server would send it
  std::string messages;  // see read_frames()
  std::vector<MessagePiece> pieces;
  std::uint64_t masked = 0;
  int refused = 0;  // the close code
};

Seen through(const Screen& screen, std::string_view bytes,
             const std::vector<std::size_t>& cuts = {}) {
  WebSocketFlow flow(Sender::kServer, screen);
  Seen seen;
  std::size_t at = 0;
  for (std::size_t i = 0; i <= cuts.size() && seen.refused == 0; ++i) {
    const std::size_t to = i < cuts.size() ? cuts[i] : bytes.size();
    if (auto refused = flow.feed(bytes.substr(at, to - at), seen.pieces))
      seen.refused = refused->code;
    at = to;
  }
  for (const MessagePiece& piece : seen.pieces) encode_piece(seen.wire, piece, std::nullopt);
  seen.messages = read_frames(Sender::kServer, seen.wire);
  seen.masked = flow.masked();
  return seen;
}

std::string text(std::string_view content, bool fin = true) {
  return server_frame(Opcode::kText, content, fin);
}
std::string more(std::string_view content, bool fin = true) {
  return server_frame(Opcode::kContinuation, content, fin);
}

}  // namespace

TEST_CASE("with nothing to look for, moderate frames go on as they came") {
  const std::string wire = text("a", false) + server_frame(Opcode::kPing, "p") + more("", false) +
                           more("b") + server_frame(Opcode::kBinary, std::string(60'000, 'x')) +
                           text("") + server_frame(Opcode::kClose, "\x03\xE8");
  const Seen seen = through(Screen(), wire);
  CHECK(seen.messages == read_frames(Sender::kServer, wire));
  CHECK(seen.pieces.size() == 6);  // all but the empty one within a message
  CHECK(through(Screen(), wire, bytewise(wire)).wire == seen.wire);
}

TEST_CASE("a large frame goes on in pieces of bounded size, and is the same message") {
  const std::string content(10 * kWebSocketPiece, 'x');
  const std::string wire = server_frame(Opcode::kBinary, content);
  WebSocketFlow flow(Sender::kServer, Screen());
  std::vector<MessagePiece> pieces;
  for (std::size_t at = 0; at < wire.size(); at += 1000)
    REQUIRE_FALSE(flow.feed(std::string_view(wire).substr(at, 1000), pieces));
  std::string again;
  for (const MessagePiece& piece : pieces) {
    CHECK(piece.content.size() < kWebSocketPiece + 1000);
    encode_piece(again, piece, std::nullopt);
  }
  CHECK(read_frames(Sender::kServer, again) == "binary " + content + "\n");
}

TEST_CASE("nothing goes on after a Close") {
  const Seen seen = through(Screen(), server_frame(Opcode::kClose, "\x03\xE8") + text("late"));
  CHECK(seen.messages == "close \x03\xE8\n");
}

TEST_CASE("text is masked by message, wherever its frames and reads are cut") {
  const Screen screen = masking_screen();
  const std::string wire = text("card 4111 1111 ", false) + server_frame(Opcode::kPing, "p") +
                           more("1111 1111 and bob@exam", false) + more("ple.com.") + text("next");
  const Seen whole = through(screen, wire);
  CHECK(whole.messages == "ping p\ntext card **** and ****.\ntext next\n");
  CHECK(whole.masked == 2);
  for (std::size_t cut = 1; cut < wire.size(); ++cut) {
    const Seen seen = through(screen, wire, {cut});
    REQUIRE(seen.messages == whole.messages);
    REQUIRE(seen.masked == 2);
  }
  CHECK(through(screen, wire, bytewise(wire)).messages == whole.messages);
}

TEST_CASE("text that looks like JSON is read as JSON, other text is not") {
  const Screen screen = masking_screen();
  CHECK(through(screen, text(" \n{\"mail\":\"bob\\u0040example.com\"}")).messages ==
        "text  \n{\"mail\":\"****\"}\n");
  CHECK(through(screen, text("[4111111111111111]")).messages == "text [\"****\"]\n");
  CHECK(through(screen, text("4111111111111111")).messages == "text ****\n");
  CHECK(through(screen, text(" \n")).messages == "text  \n\n");
}

TEST_CASE("each piece says how its message is to be read, also where nothing is looked for") {
  for (const Screen& screen : {Screen(), masking_screen()}) {
    const Seen seen = through(screen, text(" [1,", false) + more("2]") + text("[no", true) +
                                          text("plain") + text(" ") + text("", false) + more("{}"));
    std::vector<TextFormat> formats;
    for (const MessagePiece& piece : seen.pieces) formats.push_back(piece.format);
    const TextFormat json = TextFormat::kJson;
    const TextFormat plain = TextFormat::kPlain;
    const std::vector<TextFormat> all = {json, json, json, plain, plain, json};
    // Where something is looked for, the first two may be one.
    CHECK(std::vector<TextFormat>(formats.end() - 4, formats.end()) ==
          std::vector<TextFormat>(all.end() - 4, all.end()));
    CHECK(formats.front() == json);
  }
}

TEST_CASE("each message is a text of its own") {
  const Seen seen = through(masking_screen(), text("4111 1111") + text("1111 1111"));
  CHECK(seen.messages == "text 4111 1111\ntext 1111 1111\n");
}

TEST_CASE("a mask that points into JSON refuses text that is none") {
  Screen screen = masking_screen({"/name"});
  CHECK(through(screen, text("{\"name\":\"Bob\"}")).messages == "text {\"name\":\"****\"}\n");
  CHECK(through(screen, text("Bob")).refused == kCloseUnsupported);
  screen.pass_unreadable = true;
  CHECK(through(screen, text("Bob")).messages == "text Bob\n");
}

TEST_CASE("a binary message under masks is refused, unless the policy lets the unreadable pass") {
  Screen screen = masking_screen();
  const std::string wire = text("a") + server_frame(Opcode::kBinary, "x the-target-secret");
  const Seen refused = through(screen, wire);
  CHECK(refused.refused == kCloseUnsupported);
  CHECK(refused.messages == "text a\n");
  screen.pass_unreadable = true;
  CHECK(through(screen, wire).messages == "text a\nbinary x *****************\n");
}

TEST_CASE("the credential is overwritten in every kind of frame, wherever it is cut") {
  const Screen screen = guarding();
  const std::string wire =
      text("got the-target", false) + more("-secret") +
      server_frame(Opcode::kBinary, "the-target-secret") +
      server_frame(Opcode::kPing, "the-target-secret") +
      server_frame(Opcode::kClose, close_content({1000, "bad token the-target-secret"}));
  const std::string stars(kSecret.size(), '*');
  const std::string expected = "text got " + stars + "\nbinary " + stars + "\nping " + stars +
                               "\nclose \x03\xE8"
                               "bad token " +
                               stars + "\n";
  CHECK(through(screen, wire).messages == expected);
  CHECK(through(screen, wire, bytewise(wire)).messages == expected);
}

TEST_CASE("control frames are masked, too, and stay within their size") {
  const Screen screen = masking_screen();
  CHECK(through(screen, server_frame(Opcode::kPing, kCard)).messages == "ping ****\n");
  const Seen seen = through(
      screen, server_frame(Opcode::kClose, close_content({1008, "no bob@example.com here"})));
  CHECK(seen.messages == "close \x03\xF0no **** here\n");
  CHECK(seen.masked == 1);
}

TEST_CASE("what came before a broken frame goes on") {
  const Seen seen = through(masking_screen(), text("a") + "\xC1");
  CHECK(seen.messages == "text a\n");
  CHECK(seen.refused == 0);
  CHECK(through(masking_screen(), text("a") + "\xC1\x01").refused == kCloseProtocolError);
}

}  // namespace sallyport::http::test
