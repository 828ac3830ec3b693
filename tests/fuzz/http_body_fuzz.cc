// Chunked content: no input upsets the decoder, every way to cut it gives the same content, and the
// content survives being encoded and decoded again.
#include <cstdint>
#include <cstdlib>

#include "protocols/http/encoder.h"
#include "tests/http/transcript.h"

using namespace sallyport::http;

namespace {

const std::string kHead = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string bytes = kHead + std::string(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Transcript whole = read_requests(bytes);
  if (whole.text != read_requests(bytes, {kHead.size() + data[0], kHead.size() + data[1]}).text)
    std::abort();

  BodyDecoder body(Framing::kChunked, 0);
  std::string again = kHead;
  std::size_t used = kHead.size();
  while (true) {
    const BodyDecoder::Piece piece = body.decode(std::string_view(bytes).substr(used));
    used += piece.used;
    encode_chunk(again, piece.data);
    if (piece.end) break;
    if (piece.error || piece.used == 0) return 0;
  }
  if (!encode_last_chunk(again, body.trailers())) std::abort();
  const Transcript second = read_requests(again);
  if (second.messages != 1 || second.text != read_requests(bytes.substr(0, used)).text)
    std::abort();
  return 0;
}
