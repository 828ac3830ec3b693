// WebSocket frames of both sides: no input upsets the reader, every way to cut it gives the same
// messages, and what goes on in their place is read as the same.
#include <cstdint>
#include <cstdlib>

#include "protocols/http/websocket_flow.h"
#include "tests/http/frames.h"

using namespace sallyport::http;
using sallyport::http::test::read_frames;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const Sender sender = (data[0] & 1) != 0 ? Sender::kClient : Sender::kServer;
  const std::string bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  const std::string whole = read_frames(sender, bytes);
  if (whole != read_frames(sender, bytes, {data[1], std::size_t{data[1]} + data[2]})) std::abort();

  WebSocketFlow flow(sender, Screen());
  std::vector<MessagePiece> pieces;
  const auto refused = flow.feed(bytes, pieces);
  std::string again;
  for (const MessagePiece& piece : pieces) encode_piece(again, piece, std::nullopt);
  std::string said = read_frames(Sender::kServer, again);
  if (refused) said += "error " + std::to_string(refused->code);
  if (flow.closed() ? !whole.starts_with(said) : whole != said) std::abort();
  return 0;
}
