// WebSocket frames (RFC 6455 §5), without extensions. Pure: bytes in, pieces of messages out, the
// same for every chunking. Strict: what the RFC tells an endpoint to fail on is an error with the
// close code to say so. Data is streamed, so the size of a frame has the protocol's own bound only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::http {

enum class Opcode : std::uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xA,
};
// "text", "binary", "close" …: as the record names messages.
std::string_view name_of(Opcode opcode);
bool is_control(Opcode opcode);

// RFC 6455 §7.4.1 and the registry it founded.
inline constexpr std::uint16_t kCloseNormal = 1000;
inline constexpr std::uint16_t kCloseGoingAway = 1001;
inline constexpr std::uint16_t kCloseProtocolError = 1002;
inline constexpr std::uint16_t kCloseUnsupported = 1003;
inline constexpr std::uint16_t kCloseBadText = 1007;
inline constexpr std::uint16_t kClosePolicy = 1008;
inline constexpr std::uint16_t kCloseInternal = 1011;

// Why a WebSocket is failed: what both sides are told.
struct CloseReason {
  std::uint16_t code = kCloseNormal;
  std::string text;
};

// The content of a Close frame, cut to what one may hold; `text` is UTF-8.
std::string close_content(const CloseReason& reason);
// How much of it fits into so many bytes and does not end within a character.
std::size_t utf8_cut(std::string_view text, std::size_t most);
// As a person reads it: "1000 bye", or empty when there is no code.
std::string describe_close(std::string_view content);

// UTF-8 (RFC 3629) in pieces.
class Utf8Checker {
 public:
  bool feed(std::string_view bytes);  // false: these bytes cannot be part of it
  bool complete() const { return left_ == 0; }

 private:
  int left_ = 0;  // bytes of the character that are to come
  std::uint8_t low_ = 0x80;
  std::uint8_t high_ = 0xBF;  // bounds of the next of them
};

// Which side's frames they are: a client's are masked, a server's are not (§5.1).
enum class Sender { kClient, kServer };

class FrameDecoder {
 public:
  explicit FrameDecoder(Sender sender) : sender_(sender) {}

  struct Piece {
    enum class Kind { kMore, kData, kControl, kError };
    Kind kind = Kind::kMore;
    Opcode opcode = Opcode::kText;  // of the message, for kData
    std::string_view bytes;         // unmasked; valid until the next call
    bool first = false;             // kData: the message begins,
    bool frame_end = false;         // a frame of it ends,
    bool last = false;              // it ends
    std::optional<CloseReason> error;
  };
  // Takes bytes from the front of `input`. kMore: it is used up. A control frame comes whole. An
  // error is final.
  Piece next(std::string_view& input);

 private:
  std::size_t head_size() const;
  Piece read_head();
  Piece begin_frame();
  Piece read_data(std::string_view& input);
  Piece read_control(std::string_view& input);
  Piece end_control();
  std::string_view unmask(std::string_view bytes);
  bool in_message() const { return message_ != Opcode::kContinuation; }

  const Sender sender_;
  std::array<std::uint8_t, 14> head_{};
  std::size_t head_bytes_ = 0;
  bool in_frame_ = false;
  bool fin_ = false;
  Opcode opcode_ = Opcode::kContinuation;
  Opcode message_ = Opcode::kContinuation;  // kContinuation: between messages
  bool fresh_ = false;                      // nothing of the message was given out yet
  std::uint64_t left_ = 0;                  // of the frame
  std::array<std::uint8_t, 4> key_{};
  std::size_t key_at_ = 0;
  std::string unmasked_;
  std::string control_;
  Utf8Checker text_;
};

// A mask of all zeros would leave the bytes to what is between: every key is new and random (§5.3).
using MaskingKey = std::array<std::uint8_t, 4>;
// Appends one frame, masked when there is a key.
void encode_frame(std::string& out, Opcode opcode, bool fin, std::string_view content,
                  const std::optional<MaskingKey>& key);

}  // namespace sallyport::http
