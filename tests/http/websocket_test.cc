#include <catch2/catch.hpp>

#include "protocols/http/limits.h"
#include "tests/http/frames.h"
#include "tests/http/transcript.h"

namespace sallyport::http::test {
namespace {

using namespace std::string_literals;

std::string from_client(std::string_view bytes) { return read_frames(Sender::kClient, bytes); }
std::string from_server(std::string_view bytes) { return read_frames(Sender::kServer, bytes); }

std::string close_frame(std::uint16_t code, const std::string& text = "") {
  return server_frame(Opcode::kClose, close_content({code, text}));
}

const std::string kConversation =
    client_frame(Opcode::kText, "Hello") + client_frame(Opcode::kText, "gr\xC3", false) +
    client_frame(Opcode::kPing, "p") + client_frame(Opcode::kContinuation, "", false) +
    client_frame(Opcode::kContinuation,
                 "\xBC\xC3\x9F"
                 "e") +
    client_frame(Opcode::kBinary, "\x00\xFF"s) +
    client_frame(Opcode::kBinary, std::string(200, 'b')) + client_frame(Opcode::kText, "") +
    client_frame(Opcode::kPong, "") +
    client_frame(Opcode::kClose,
                 "\x03\xE8"
                 "bye");
const std::string kSaid =
    "text Hello\nping p\ntext gr\xC3\xBC\xC3\x9F"
    "e\nbinary \x00\xFF\n"s +
    "binary " + std::string(200, 'b') + "\ntext \npong \n" +
    "close \x03\xE8"
    "bye\n";

}  // namespace

TEST_CASE("the frames that RFC 6455 gives as examples are read, and written the same") {
  CHECK(from_server("\x81\x05Hello") == "text Hello\n");
  CHECK(from_client("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") == "text Hello\n");
  CHECK(from_server("\x01\x03Hel\x80\x02lo") == "text Hello\n");
  CHECK(from_server("\x89\x05Hello") == "ping Hello\n");
  CHECK(server_frame(Opcode::kText, "Hello") == "\x81\x05Hello");
  CHECK(client_frame(Opcode::kText, "Hello") == "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  CHECK(server_frame(Opcode::kBinary, std::string(256, 'x')).substr(0, 4) == "\x82\x7E\x01\x00"s);
  CHECK(server_frame(Opcode::kBinary, std::string(65536, 'x')).substr(0, 10) ==
        "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST_CASE("every way to cut a stream of frames gives the same messages") {
  CHECK(from_client(kConversation) == kSaid);
  for (std::size_t cut = 1; cut < kConversation.size(); ++cut)
    REQUIRE(read_frames(Sender::kClient, kConversation, {cut}) == kSaid);
  CHECK(read_frames(Sender::kClient, kConversation, bytewise(kConversation)) == kSaid);
}

TEST_CASE("every length at the edges of its three forms survives") {
  for (const std::size_t size : {0, 1, 125, 126, 127, 65535, 65536, 70000}) {
    const std::string content(size, 'x');
    CHECK(from_server(server_frame(Opcode::kBinary, content)) == "binary " + content + "\n");
    CHECK(from_client(client_frame(Opcode::kBinary, content)) == "binary " + content + "\n");
  }
}

TEST_CASE("what two readers could take differently is a protocol error, as soon as it is seen") {
  const std::vector<std::string> bad = {
      "\xC1\x00"s,  // a reserved bit
      "\xA1\x00"s,
      "\x91\x00"s,  // the others
      "\x83\x00"s,
      "\x8B\x00"s,  // opcodes that are not known
      "\x81\x80"s,  // a server that masks
      "\x09\x00"s,  // a control frame in fragments
      "\x89\x7E"s,  // one of more than 125 bytes
      "\x80\x00"s,  // goes on with nothing
      "\x01\x01"
      "a\x81\x01"
      "b"s,                 // begins within another
      "\x81\x7E\x00\x7D"s,  // a length not in its shortest form
      "\x82\x7F\x00\x00\x00\x00\x00\x00\xFF\xFF"s,
      "\x82\x7F\x80\x00\x00\x00\x00\x00\x00\x00"s,  // the highest bit
      "\x88\x01\x03"s,                              // half a close code
  };
  for (const std::string& bytes : bad) {
    INFO(bytes);
    CHECK(from_server(bytes) == "error 1002");
    CHECK(read_frames(Sender::kServer, bytes, bytewise(bytes)) == "error 1002");
  }
  CHECK(from_client("\x81\x05") == "error 1002");
}

TEST_CASE("a control frame has 125 bytes, and no more") {
  const std::string most(kControlFrameBytes, 'x');
  CHECK(from_server(server_frame(Opcode::kPing, most)) == "ping " + most + "\n");
  CHECK(from_server(server_frame(Opcode::kPing, most + "x")) == "error 1002");
}

TEST_CASE("close codes are those that may be sent") {
  for (const int code : {1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999})
    CHECK(from_server(close_frame(static_cast<std::uint16_t>(code))) ==
          "close " + close_content({static_cast<std::uint16_t>(code), ""}) + "\n");
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535})
    CHECK(from_server(close_frame(static_cast<std::uint16_t>(code))) == "error 1002");
  CHECK(from_server("\x88\x00"s) == "close \n");
  CHECK(from_server(close_frame(1000, "\xC3")) == "error 1007");
}

TEST_CASE("a reason is cut to what a close frame holds, between characters") {
  std::string text(122, 'x');
  CHECK(close_content({1000, text + "ab"}).size() == kControlFrameBytes);
  CHECK(close_content({1000, text + "\xC3\xA4"}) == "\x03\xE8" + text);
  CHECK(describe_close("\x03\xE8"
                       "bye") == "1000 bye");
  CHECK(describe_close("\x03\xE9") == "1001");
  CHECK(describe_close("") == "");
}

TEST_CASE("text is UTF-8, however it is cut; binary is anything") {
  for (const std::string good : {"\x7F", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEF\xBF\xBF",
                                 "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    const std::string frame = server_frame(Opcode::kText, good);
    CHECK(read_frames(Sender::kServer, frame, bytewise(frame)) == "text " + good + "\n");
  }
  for (const std::string bad :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x82",
        "\xC3"
        "a"}) {
    INFO(bad);
    CHECK(from_server(server_frame(Opcode::kText, bad)) == "error 1007");
    CHECK(from_server(server_frame(Opcode::kBinary, bad)) == "binary " + bad + "\n");
  }
}

}  // namespace sallyport::http::test
