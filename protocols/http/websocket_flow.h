// One direction of a WebSocket: frames in, the messages that go on in their place out. A frame of
// moderate size goes on as one; a larger one in pieces, since nothing is held longer than a buffer.
// Under a screen each message passes guard and masks as a text of its own. Pure; used on one
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/http/content_filter.h"
#include "protocols/http/screen.h"
#include "protocols/http/websocket.h"

namespace sallyport::http {

// A piece of a message, or a control frame: what one frame carries.
struct MessagePiece {
  Opcode opcode = Opcode::kText;  // of the message
  bool first = true;
  bool last = true;
  std::string content;
  TextFormat format = TextFormat::kPlain;  // of the message
};

void encode_piece(std::string& out, const MessagePiece& piece,
                  const std::optional<MaskingKey>& key);

class WebSocketFlow {
 public:
  // A screen that is not active changes nothing.
  WebSocketFlow(Sender sender, const Screen& screen);

  // Appends what is complete. A reason back: this side broke the protocol, or sent what masks are
  // due on and cannot be read; what was appended before is good, and the flow is over.
  std::optional<CloseReason> feed(std::string_view bytes, std::vector<MessagePiece>& out);
  // A Close went through; what follows it is nothing (RFC 6455 §5.5.1).
  bool closed() const { return closed_; }
  std::uint64_t masked() const { return masked_; }

 private:
  using Piece = FrameDecoder::Piece;
  std::optional<CloseReason> begin_message(Opcode opcode);
  std::optional<CloseReason> take_data(const Piece& piece, std::vector<MessagePiece>& out);
  std::optional<CloseReason> filter(std::string_view bytes, bool last,
                                    std::vector<MessagePiece>& out);
  std::optional<CloseReason> choose_format(std::string_view bytes);
  void take_control(const Piece& piece, std::vector<MessagePiece>& out);
  std::string screened(std::string_view text);
  void emit(bool last, std::vector<MessagePiece>& out);

  FrameDecoder decoder_;
  Screen screen_;
  const bool pass_unreadable_;
  std::optional<ContentFilter> filter_;  // of the message under way, under a screen
  Opcode opcode_ = Opcode::kText;        // of that message
  std::optional<TextFormat> format_;     // of it, once there is more than white space
  bool first_ = true;                    // nothing of it went on yet
  std::string held_;                     // of the frame under way
  std::uint64_t masked_ = 0;
  bool closed_ = false;
};

}  // namespace sallyport::http
