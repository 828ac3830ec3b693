// Heads: no input upsets the decoder, every way to cut it gives the same messages, and what is
// accepted means the same after it was encoded again.
#include <cstdint>
#include <cstdlib>

#include "protocols/http/encoder.h"
#include "protocols/http/path.h"
#include "tests/http/transcript.h"

using namespace sallyport::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::vector<std::size_t> cuts = {data[0], data[1] * std::size_t{7}};
  const bool responses = (data[2] & 1) != 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  if (responses) {
    if (read_responses(bytes).text != read_responses(bytes, cuts).text) std::abort();
    return 0;
  }
  if (read_requests(bytes).text != read_requests(bytes, cuts).text) std::abort();
  HeadDecoder decoder;
  const Step<RequestHead> step = decoder.request(bytes);
  if (!step.done) return 0;
  RequestHead head = step.done->message;
  std::string again;
  if (!encode_request_head(again, head.method, head.target, head.fields)) std::abort();
  const Step<RequestHead> second = HeadDecoder().request(again);
  if (head.minor_version == 0 && !second.done)
    return 0;  // 1.1 asks for more: Host, known expectations
  if (!second.done || second.done->used != again.size()) std::abort();
  if (second.done->message.fields != head.fields || second.done->message.framing != head.framing)
    std::abort();
  return 0;
}
