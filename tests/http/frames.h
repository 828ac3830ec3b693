// WebSocket frames for tests: what a client or server puts on the wire, and what it finds there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocols/http/websocket.h"

namespace sallyport::http::test {

inline constexpr MaskingKey kKey = {0x37, 0xfa, 0x21, 0x3d};

inline std::string client_frame(Opcode opcode, std::string_view content, bool fin = true) {
  std::string out;
  encode_frame(out, opcode, fin, content, kKey);
  return out;
}

inline std::string server_frame(Opcode opcode, std::string_view content, bool fin = true) {
  std::string out;
  encode_frame(out, opcode, fin, content, std::nullopt);
  return out;
}

// What a stream of frames says, one line for each message or control frame: "text hello", and
// "error 1002" where it ends so. Cut at `cuts`.
inline std::string read_frames(Sender sender, std::string_view bytes,
                               const std::vector<std::size_t>& cuts = {}) {
  FrameDecoder decoder(sender);
  std::string out;
  std::string message;
  std::size_t at = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t to = i < cuts.size() ? std::min(cuts[i], bytes.size()) : bytes.size();
    std::string_view input = bytes.substr(at, to > at ? to - at : 0);
    at = std::max(at, to);
    for (;;) {
      const FrameDecoder::Piece piece = decoder.next(input);
      using Kind = FrameDecoder::Piece::Kind;
      if (piece.kind == Kind::kMore) break;
      if (piece.kind == Kind::kError) return out + "error " + std::to_string(piece.error->code);
      if (piece.kind == Kind::kControl) {
        out.append(name_of(piece.opcode)).append(" ").append(piece.bytes).append("\n");
        continue;
      }
      if (piece.first) message = std::string(name_of(piece.opcode)) + " ";
      message += piece.bytes;
      if (piece.last) out += message + "\n";
    }
  }
  return out;
}

}  // namespace sallyport::http::test
