#include <catch2/catch.hpp>

#include "protocols/http/decoder.h"
#include "protocols/http/limits.h"
#include "tests/http/transcript.h"

using namespace sallyport::http;

namespace {

struct Read {
  std::string data;
  std::size_t used = 0;
  bool end = false;
  int error = 0;
  Fields trailers;
};

Read read(BodyDecoder body, std::string_view bytes) {
  Read out;
  while (true) {
    const BodyDecoder::Piece piece = body.decode(bytes.substr(out.used));
    out.data += piece.data;
    out.used += piece.used;
    out.end = piece.end;
    if (piece.error) out.error = piece.error->status;
    if (piece.error || piece.end || piece.used == 0) break;
  }
  out.trailers = body.trailers();
  return out;
}

Read chunked(std::string_view bytes) { return read(BodyDecoder(Framing::kChunked, 0), bytes); }

}  // namespace

TEST_CASE("content of a stated length ends there and leaves what follows") {
  const Read got = read(BodyDecoder(Framing::kLength, 5), "helloGET /");
  CHECK(got.data == "hello");
  CHECK(got.used == 5);
  CHECK(got.end);
  CHECK(BodyDecoder(Framing::kLength, 0).done());
  CHECK(BodyDecoder(Framing::kNone, 0).done());
  CHECK_FALSE(read(BodyDecoder(Framing::kLength, 6), "hello").end);
}

TEST_CASE("the peer's close ends content only where the framing says so") {
  BodyDecoder until_close(Framing::kUntilClose, 0);
  CHECK(until_close.decode("all of it").data == "all of it");
  CHECK(until_close.at_close());
  CHECK_FALSE(BodyDecoder(Framing::kLength, 3).at_close());
  CHECK_FALSE(BodyDecoder(Framing::kChunked, 0).at_close());
  CHECK(BodyDecoder(Framing::kNone, 0).at_close());
}

TEST_CASE("chunks are joined, extensions dropped and trailers kept") {
  const Read got = chunked(
      "5\r\nhello\r\n006;a;b=c;d=\"x;\\\"y\"\r\n world\r\n0\r\nDigest: x\r\nA: \r\n\r\nGET");
  CHECK(got.data == "hello world");
  CHECK(got.end);
  CHECK(got.used ==
        std::string(
            "5\r\nhello\r\n006;a;b=c;d=\"x;\\\"y\"\r\n world\r\n0\r\nDigest: x\r\nA: \r\n\r\n")
            .size());
  CHECK(got.trailers.list() == std::vector<Field>{{"Digest", "x"}, {"A", ""}});
}

TEST_CASE("chunk lines that two readers could take differently are refused") {
  for (const std::string bad : {"0x5",
                                "+5",
                                "-5",
                                "5_0",
                                "5 ",
                                " 5",
                                "\t5",
                                "",
                                "g",
                                "5;",
                                "5;=b",
                                "5;a=",
                                "5;a=\"b",
                                "5;a=\"b\"c",
                                "5; a",
                                "5 ;a",
                                "5;a =b",
                                "5;a= b",
                                "5\r",
                                "5\r;a",
                                "5;a\rb",
                                "5,a",
                                "5.0",
                                "5;a=\"b\x01\"",
                                "\xb2",
                                "00000000000000005",
                                "10000000000000000"}) {
    INFO(bad);
    CHECK(chunked(bad + "\r\nhello\r\n0\r\n\r\n").error == 400);
  }
  CHECK(chunked("5\nhello\r\n0\r\n\r\n").error == 400);
  CHECK(chunked("5\r\nhello\n0\r\n\r\n").error == 400);
  CHECK(chunked("5\r\nhello0\r\n\r\n").error == 400);
  CHECK(chunked("5\r\nhello!\r\n0\r\n\r\n").error == 400);
  CHECK(chunked("0\r\nX\r\n\r\n").error == 400);
  CHECK(chunked("0000000000000005\r\nhello\r\n0\r\n\r\n").end);
  CHECK(chunked("ffffffffffffffff\r\nhello").error == 0);
}

TEST_CASE("trailers that belong into the head are refused") {
  for (const char* bad : {"Content-Length: 1", "Transfer-Encoding: chunked", "Host: a",
                          "Authorization: x", "Content-Type: x", "X-Forwarded-For: 1", "Trailer: x",
                          "Set-Cookie: a=b", "Content_Length: 1", " folded", "a : b", "a"}) {
    INFO(bad);
    CHECK(chunked(std::string("0\r\n") + bad + "\r\n\r\n").error == 400);
  }
}

TEST_CASE("the chunked coding's limits hold at n and refuse n+1") {
  const auto line = [](std::size_t bytes) {
    return "1;" + std::string(bytes - 2, 'a') + "\r\nx\r\n0\r\n\r\n";
  };
  CHECK(chunked(line(kChunkLineBytes)).end);
  CHECK(chunked(line(kChunkLineBytes + 1)).error == 400);

  const auto extensions = [](std::size_t bytes) {
    std::string text;
    for (; bytes > 200; bytes -= 200) text += "1;" + std::string(199, 'a') + "\r\nx\r\n";
    return text + "1;" + std::string(bytes - 1, 'a') + "\r\nx\r\n0\r\n\r\n";
  };
  CHECK(chunked(extensions(kChunkExtensionBytes)).end);
  CHECK(chunked(extensions(kChunkExtensionBytes + 1)).error == 400);

  const auto trailers = [](std::size_t bytes) {
    return "0\r\nX: " + std::string(bytes - 7, 'x') + "\r\n\r\n";
  };
  CHECK(chunked(trailers(kTrailerBytes)).end);
  CHECK(chunked(trailers(kTrailerBytes + 1)).error == 431);

  const auto lines = [](std::size_t count) {
    std::string text = "0\r\n";
    for (std::size_t i = 0; i < count; ++i) text += "X: y\r\n";
    return text + "\r\n";
  };
  CHECK(chunked(lines(kTrailerLines)).end);
  CHECK(chunked(lines(kTrailerLines + 1)).error == 431);
}
