#include <algorithm>

#include "protocols/http/chunk_line.h"
#include "protocols/http/decoder.h"
#include "protocols/http/field_lines.h"
#include "protocols/http/field_names.h"
#include "protocols/http/limits.h"

namespace sallyport::http {
namespace {

WireError malformed(const char* detail) { return WireError{400, detail}; }

}  // namespace

BodyDecoder::BodyDecoder(Framing framing, std::uint64_t content_length) : state_(State::kDone) {
  switch (framing) {
    case Framing::kNone:
      return;
    case Framing::kLength:
      left_ = content_length;
      if (left_ > 0) state_ = State::kSized;
      return;
    case Framing::kChunked:
      state_ = State::kChunkLine;
      return;
    case Framing::kUntilClose:
      state_ = State::kUntilClose;
      return;
  }
}

BodyDecoder::Piece BodyDecoder::decode(std::string_view unread) {
  Piece piece;
  // Each turn reads one element of the framing, until there is data, the end, an error, or nothing
  // left to read.
  while (!piece.error && piece.data.empty()) {
    const std::size_t before = piece.used;
    const std::string_view rest = unread.substr(piece.used);
    switch (state_) {
      case State::kDone:
        piece.end = true;
        return piece;
      case State::kUntilClose:
        piece.data = rest;
        piece.used += rest.size();
        return piece;
      case State::kSized:
      case State::kChunkData: {
        const std::uint64_t size = std::min<std::uint64_t>(left_, rest.size());
        piece.data = rest.substr(0, static_cast<std::size_t>(size));
        piece.used += piece.data.size();
        left_ -= size;
        if (left_ == 0) state_ = state_ == State::kSized ? State::kDone : State::kAfterChunk;
        break;
      }
      case State::kChunkLine:
      case State::kTrailers:
        read_line(rest, piece);
        break;
      case State::kAfterChunk:
        read_chunk_end(rest, piece);
        break;
    }
    if (piece.used == before) break;
  }
  piece.end = state_ == State::kDone && !piece.error;
  return piece;
}

// A chunk line or a trailer, when it is there as a whole.
void BodyDecoder::read_line(std::string_view unread, Piece& piece) {
  const bool trailer = state_ == State::kTrailers;
  const std::size_t limit = trailer ? kTrailerBytes - trailer_bytes_ : kChunkLineBytes + 2;
  const std::string_view window = unread.substr(0, limit);
  const std::size_t lf = window.find('\n', searched_);
  if (lf == std::string_view::npos) {
    searched_ = window.size();
    if (unread.size() < limit) return;
    piece.error = trailer ? WireError{431, "the trailers are too large"}
                          : WireError{400, "a chunk's size line is too long"};
    return;
  }
  searched_ = 0;
  if (lf == 0 || unread[lf - 1] != '\r') {
    piece.error = malformed("a line does not end in CRLF");
    return;
  }
  const std::string_view line = unread.substr(0, lf - 1);
  if (trailer) {
    trailer_bytes_ += lf + 1;
    read_trailer(line, piece);
  } else {
    read_chunk_line(line, piece);
  }
  if (!piece.error) piece.used += lf + 1;
}

void BodyDecoder::read_chunk_line(std::string_view line, Piece& piece) {
  const std::optional<ChunkLine> chunk = parse_chunk_line(line);
  if (!chunk) {
    piece.error = malformed("malformed chunk size or extension");
    return;
  }
  extension_bytes_ += chunk->extension_bytes;
  if (extension_bytes_ > kChunkExtensionBytes) {
    piece.error = malformed("too many bytes of chunk extensions");
    return;
  }
  left_ = chunk->size;
  state_ = left_ == 0 ? State::kTrailers : State::kChunkData;
}

void BodyDecoder::read_chunk_end(std::string_view unread, Piece& piece) {
  const std::string_view crlf = "\r\n";
  if (unread.substr(0, 2) != crlf.substr(0, unread.size())) {
    piece.error = malformed("a chunk is longer than its size");
    return;
  }
  if (unread.size() < 2) return;
  piece.used += 2;
  state_ = State::kChunkLine;
}

// RFC 9112 §7.1.2.
void BodyDecoder::read_trailer(std::string_view line, Piece& piece) {
  if (line.empty()) {
    state_ = State::kDone;
    return;
  }
  if (trailers_.size() == kTrailerLines) {
    piece.error = WireError{431, "too many trailers"};
    return;
  }
  piece.error = read_field_line(line, trailers_);
  if (!piece.error && is_forbidden_trailer(trailers_.list().back().name)) {
    piece.error = malformed("a trailer that belongs into the head");
  }
}

Result<void> BodyDecoder::at_close() const {
  if (state_ == State::kDone || state_ == State::kUntilClose) return {};
  return Error{ErrorCode::kClosed, "the peer closed before the end of the content"};
}

}  // namespace sallyport::http
