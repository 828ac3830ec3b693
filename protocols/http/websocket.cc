#include "protocols/http/websocket.h"

#include <algorithm>

#include "protocols/http/limits.h"

namespace sallyport::http {
namespace {

constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;

bool is_known(std::uint8_t opcode) { return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA); }

std::uint64_t big_endian(const std::uint8_t* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

void append_big_endian(std::string& out, std::uint64_t value, std::size_t count) {
  for (std::size_t i = count; i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i)));
}

// RFC 6455 §7.4.2: 1004 to 1006 and 1015 never stand in a frame, 3000 and above are for libraries
// and applications.
bool may_be_sent(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

FrameDecoder::Piece failed(std::uint16_t code, const char* what) {
  FrameDecoder::Piece piece;
  piece.kind = FrameDecoder::Piece::Kind::kError;
  piece.error = CloseReason{code, what};
  return piece;
}

FrameDecoder::Piece broken(const char* what) { return failed(kCloseProtocolError, what); }

std::uint16_t code_of(std::string_view content) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(content.data());
  return static_cast<std::uint16_t>(big_endian(bytes, 2));
}

}  // namespace

std::string_view name_of(Opcode opcode) {
  switch (opcode) {
    case Opcode::kContinuation:
      return "continuation";
    case Opcode::kText:
      return "text";
    case Opcode::kBinary:
      return "binary";
    case Opcode::kClose:
      return "close";
    case Opcode::kPing:
      return "ping";
    case Opcode::kPong:
      return "pong";
  }
  return "unknown";
}

bool is_control(Opcode opcode) { return static_cast<std::uint8_t>(opcode) >= 0x8; }

std::size_t utf8_cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text.size();
  while (most > 0 && (static_cast<std::uint8_t>(text[most]) & 0xC0) == 0x80) --most;
  return most;
}

std::string close_content(const CloseReason& reason) {
  std::string out;
  append_big_endian(out, reason.code, 2);
  out += std::string_view(reason.text).substr(0, utf8_cut(reason.text, kControlFrameBytes - 2));
  return out;
}

std::string describe_close(std::string_view content) {
  if (content.size() < 2) return {};
  std::string out = std::to_string(code_of(content));
  if (content.size() > 2) out.append(" ").append(content.substr(2));
  return out;
}

bool Utf8Checker::feed(std::string_view bytes) {
  for (char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (left_ > 0) {
      if (byte < low_ || byte > high_) return false;
      low_ = 0x80;
      high_ = 0xBF;
      --left_;
      continue;
    }
    if (byte < 0x80) continue;
    if (byte < 0xC2 || byte > 0xF4) return false;
    left_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    // Neither overlong, nor a surrogate, nor beyond U+10FFFF.
    if (byte == 0xE0) low_ = 0xA0;
    if (byte == 0xED) high_ = 0x9F;
    if (byte == 0xF0) low_ = 0x90;
    if (byte == 0xF4) high_ = 0x8F;
  }
  return true;
}

std::size_t FrameDecoder::head_size() const {
  if (head_bytes_ < 2) return 2;
  const std::uint8_t length = head_[1] & ~kMasked;
  const std::size_t more = length == kLength16 ? 2 : length == kLength64 ? 8 : 0;
  return 2 + more + ((head_[1] & kMasked) != 0 ? 4 : 0);
}

FrameDecoder::Piece FrameDecoder::next(std::string_view& input) {
  while (!in_frame_) {
    // Looked at as soon as they are there: a peer may send no more before it gets an answer.
    if (head_bytes_ >= 2) {
      if (Piece bad = read_head(); bad.error) return bad;
      if (head_bytes_ == head_size()) {
        if (Piece bad = begin_frame(); bad.error) return bad;
        break;
      }
    }
    if (input.empty()) return {};
    head_[head_bytes_++] = static_cast<std::uint8_t>(input.front());
    input.remove_prefix(1);
  }
  return is_control(opcode_) ? read_control(input) : read_data(input);
}

// What the first two bytes say.
FrameDecoder::Piece FrameDecoder::read_head() {
  const std::uint8_t opcode = head_[0] & 0x0F;
  const std::uint8_t length = head_[1] & ~kMasked;
  const bool masked = (head_[1] & kMasked) != 0;
  if ((head_[0] & kReserved) != 0) return broken("a reserved bit is set");
  if (!is_known(opcode)) return broken("an opcode that is not known");
  if (masked != (sender_ == Sender::kClient))
    return broken(masked ? "a server's frame is masked" : "a client's frame is not masked");
  opcode_ = static_cast<Opcode>(opcode);
  fin_ = (head_[0] & kFin) != 0;
  if (is_control(opcode_)) {
    if (!fin_) return broken("a control frame is fragmented");
    if (length > kControlFrameBytes) return broken("a control frame is too long");
  } else if ((opcode_ == Opcode::kContinuation) != in_message()) {
    return broken(in_message() ? "a message begins within another"
                               : "a message goes on that did not begin");
  }
  return {};
}

FrameDecoder::Piece FrameDecoder::begin_frame() {
  const std::uint8_t length = head_[1] & ~kMasked;
  std::size_t at = 2;
  left_ = length;
  if (length == kLength16) {
    left_ = big_endian(&head_[at], 2);
    at += 2;
    if (left_ < kLength16) return broken("a length is not in its shortest form");
  } else if (length == kLength64) {
    left_ = big_endian(&head_[at], 8);
    at += 8;
    if (left_ <= 0xFFFF) return broken("a length is not in its shortest form");
    if (left_ > kContentLength) return broken("a length has its highest bit set");
  }
  std::copy_n(&head_[at], key_.size(), key_.begin());
  key_at_ = 0;
  head_bytes_ = 0;
  in_frame_ = true;
  if (is_control(opcode_)) {
    control_.clear();
  } else if (opcode_ != Opcode::kContinuation) {
    message_ = opcode_;
    fresh_ = true;
    text_ = {};
  }
  return {};
}

std::string_view FrameDecoder::unmask(std::string_view bytes) {
  if (sender_ == Sender::kServer) return bytes;
  unmasked_.resize(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    unmasked_[i] = static_cast<char>(static_cast<std::uint8_t>(bytes[i]) ^ key_[key_at_++ & 3]);
  return unmasked_;
}

FrameDecoder::Piece FrameDecoder::read_data(std::string_view& input) {
  if (input.empty() && left_ > 0) return {};
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  Piece piece;
  piece.kind = Piece::Kind::kData;
  piece.opcode = message_;
  piece.bytes = unmask(input.substr(0, taken));
  input.remove_prefix(taken);
  left_ -= taken;
  piece.first = std::exchange(fresh_, false);
  piece.frame_end = left_ == 0;
  piece.last = piece.frame_end && fin_;
  if (message_ == Opcode::kText &&
      (!text_.feed(piece.bytes) || (piece.last && !text_.complete()))) {
    return failed(kCloseBadText, "a text message is not UTF-8");
  }
  if (piece.frame_end) in_frame_ = false;
  if (piece.last) message_ = Opcode::kContinuation;
  return piece;
}

FrameDecoder::Piece FrameDecoder::read_control(std::string_view& input) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  control_ += unmask(input.substr(0, taken));
  input.remove_prefix(taken);
  left_ -= taken;
  if (left_ > 0) return {};
  in_frame_ = false;
  return end_control();
}

FrameDecoder::Piece FrameDecoder::end_control() {
  if (opcode_ == Opcode::kClose && !control_.empty()) {
    if (control_.size() == 1) return broken("a close code of one byte");
    if (!may_be_sent(code_of(control_))) return broken("a close code that may not be sent");
    Utf8Checker reason;
    if (!reason.feed(std::string_view(control_).substr(2)) || !reason.complete())
      return failed(kCloseBadText, "the reason of a close is not UTF-8");
  }
  Piece piece;
  piece.kind = Piece::Kind::kControl;
  piece.opcode = opcode_;
  piece.bytes = control_;
  return piece;
}

void encode_frame(std::string& out, Opcode opcode, bool fin, std::string_view content,
                  const std::optional<MaskingKey>& key) {
  out.push_back(static_cast<char>((fin ? kFin : 0) | static_cast<std::uint8_t>(opcode)));
  const std::uint8_t mask = key ? kMasked : 0;
  if (content.size() < kLength16) {
    out.push_back(static_cast<char>(mask | content.size()));
  } else if (content.size() <= 0xFFFF) {
    out.push_back(static_cast<char>(mask | kLength16));
    append_big_endian(out, content.size(), 2);
  } else {
    out.push_back(static_cast<char>(mask | kLength64));
    append_big_endian(out, content.size(), 8);
  }
  if (!key) {
    out += content;
    return;
  }
  for (std::uint8_t byte : *key) out.push_back(static_cast<char>(byte));
  const std::size_t from = out.size();
  out += content;
  for (std::size_t i = 0; i < content.size(); ++i)
    out[from + i] = static_cast<char>(static_cast<std::uint8_t>(out[from + i]) ^ (*key)[i & 3]);
}

}  // namespace sallyport::http
