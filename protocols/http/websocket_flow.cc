#include "protocols/http/websocket_flow.h"

#include "protocols/http/limits.h"

namespace sallyport::http {
namespace {

constexpr std::string_view kJsonSpace = " \t\r\n";
// With one of these a JSON text begins in which something may be escaped.
constexpr std::string_view kJsonStart = "{[\"";

}  // namespace

void encode_piece(std::string& out, const MessagePiece& piece,
                  const std::optional<MaskingKey>& key) {
  const Opcode opcode = piece.first ? piece.opcode : Opcode::kContinuation;
  encode_frame(out, opcode, piece.last, piece.content, key);
}

WebSocketFlow::WebSocketFlow(Sender sender, const Screen& screen)
    : decoder_(sender), screen_(screen), pass_unreadable_(screen.pass_unreadable) {
  // The frames say what is text, and it was checked to be.
  screen_.pass_unreadable = true;
}

std::optional<CloseReason> WebSocketFlow::feed(std::string_view bytes,
                                               std::vector<MessagePiece>& out) {
  while (!closed_) {
    const Piece piece = decoder_.next(bytes);
    switch (piece.kind) {
      case Piece::Kind::kMore:
        return std::nullopt;
      case Piece::Kind::kError:
        return piece.error;
      case Piece::Kind::kControl:
        take_control(piece, out);
        break;
      case Piece::Kind::kData:
        if (auto refused = take_data(piece, out)) return refused;
        break;
    }
  }
  return std::nullopt;
}

std::optional<CloseReason> WebSocketFlow::begin_message(Opcode opcode) {
  opcode_ = opcode;
  first_ = true;
  filter_.reset();
  format_.reset();
  if (opcode == Opcode::kText) return std::nullopt;
  format_ = TextFormat::kPlain;
  if (!screen_.active()) return std::nullopt;
  if (screen_.masks && !pass_unreadable_)
    return CloseReason{kCloseUnsupported, "masks are due, and a binary message cannot be read"};
  filter_.emplace(screen_, ContentPlan());
  return std::nullopt;
}

std::optional<CloseReason> WebSocketFlow::take_data(const Piece& piece,
                                                    std::vector<MessagePiece>& out) {
  if (piece.first) {
    if (auto refused = begin_message(piece.opcode)) return refused;
  }
  if (auto refused = filter(piece.bytes, piece.last, out)) return refused;
  // What a filter holds back, or an empty frame within a message, is nothing to send on.
  if (piece.last || (piece.frame_end && !held_.empty())) emit(piece.last, out);
  return std::nullopt;
}

// Appends to what is held, and lets no more of it gather than fits a piece.
std::optional<CloseReason> WebSocketFlow::filter(std::string_view bytes, bool last,
                                                 std::vector<MessagePiece>& out) {
  if (!format_) {
    const std::size_t start = std::min(bytes.find_first_not_of(kJsonSpace), bytes.size());
    held_ += bytes.substr(0, start);
    bytes.remove_prefix(start);
    if (!bytes.empty()) {
      if (auto refused = choose_format(bytes)) return refused;
    }
  }
  if (!filter_) {
    held_ += bytes;
  } else {
    filter_->give({bytes, last});
    for (bool more = true; more;) {
      const Result<bool> taken = filter_->take(held_);
      if (!taken) return CloseReason{kCloseInternal, taken.error().detail};
      more = *taken;
    }
    if (last) masked_ += filter_->masked();
  }
  if (held_.size() >= kWebSocketPiece && !last) emit(false, out);
  return std::nullopt;
}

std::optional<CloseReason> WebSocketFlow::choose_format(std::string_view bytes) {
  const bool json = kJsonStart.find(bytes.front()) != std::string_view::npos;
  format_ = json ? TextFormat::kJson : TextFormat::kPlain;
  if (!screen_.active()) return std::nullopt;
  if (screen_.masks && !screen_.masks->covers(*format_) && !pass_unreadable_)
    return CloseReason{kCloseUnsupported, "a mask points into JSON, and a message is none"};
  ContentPlan plan;
  if (screen_.masks) plan.format = format_;
  filter_.emplace(screen_, plan);
  return std::nullopt;
}

void WebSocketFlow::take_control(const Piece& piece, std::vector<MessagePiece>& out) {
  MessagePiece control;
  control.opcode = piece.opcode;
  control.content = piece.bytes;
  closed_ = piece.opcode == Opcode::kClose;
  if (screen_.active() && !control.content.empty()) {
    const std::size_t code = closed_ ? 2 : 0;
    std::string text = screened(piece.bytes.substr(code));
    text.resize(utf8_cut(text, kControlFrameBytes - code));
    control.content.replace(code, std::string::npos, text);
  }
  out.push_back(std::move(control));
}

std::string WebSocketFlow::screened(std::string_view text) {
  std::string out(text);
  if (screen_.guard) out = screen_.guard->apply(out);
  if (screen_.masks) out = screen_.masks->apply(out, TextFormat::kPlain, &masked_);
  return out;
}

void WebSocketFlow::emit(bool last, std::vector<MessagePiece>& out) {
  out.push_back({opcode_, first_, last, std::exchange(held_, std::string()),
                 format_.value_or(TextFormat::kPlain)});
  first_ = false;
}

}  // namespace sallyport::http
