// HTTP/1.1 off the wire (RFC 9112): strict, without I/O, the same messages for every chunking.
// Whatever two readers could frame differently is an error: the connection answers 400 and closes.
// Each decode function takes the unread bytes and says how many it used; nothing back means it
// wants more. An error is final: the decoder must not be used again, and the connection it reads is
// closed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "protocols/http/message.h"

namespace sallyport::http {

// A refusal of the wire: the status to answer with before closing (400, 413, 414, 417, 431, 501,
// 505). From a target it is a broken response, whatever the status: the agent gets 502.
struct WireError {
  int status = 400;
  std::string detail;  // for people and the record; no bytes of the client's unescaped
};

template <class T>
struct Decoded {
  T message;
  std::size_t used = 0;  // bytes of the input that belong to it
};

// Outcome of one step: a message, "want more" (both empty), or an error.
template <class T>
struct Step {
  std::optional<Decoded<T>> done;
  std::optional<WireError> error;
};

// Finds and reads one head. Keeps the place to which it has looked for the end, so that a head that
// arrives in many pieces costs linear time: always pass the same unread bytes from their start,
// longer each time. A head that is done resets it for the next one.
class HeadDecoder {
 public:
  // One empty line before a request is skipped and counted as used (RFC 9112 §2.2).
  Step<RequestHead> request(std::string_view unread);
  // `request_method` decides whether there is content (RFC 9112 §6.3). An interim response (1xx) is
  // a head of its own with framing kNone; the final one follows.
  Step<ResponseHead> response(std::string_view unread, std::string_view request_method);
  void reset();

 private:
  struct Shape;  // what differs between requests and responses
  enum class Found { kMore, kEnd, kError };
  Found find_end(std::string_view unread, const Shape& shape);
  template <class Head, class ReadLine, class Settle>
  Step<Head> read(std::string_view text, const Shape& shape, ReadLine read_line, Settle settle);

  std::size_t searched_ = 0;    // bytes in which the end is not
  std::size_t line_end_ = 0;    // past the first line, once seen
  std::size_t line_start_ = 0;  // of the line that is being searched
  bool line_checked_ = false;   // the first line of an incomplete head was read and is in order
  std::optional<WireError> error_;
};

// The content of one message, piece by piece. Pieces view the input.
class BodyDecoder {
 public:
  BodyDecoder(Framing framing, std::uint64_t content_length);

  struct Piece {
    std::string_view data;  // may be empty while framing is read
    std::size_t used = 0;
    bool end = false;  // the content (and trailers) is complete
    std::optional<WireError> error;
  };
  // Uses as much of `unread` as makes one piece; used == 0 and !end: want more. What was not used
  // must be passed again, from its start.
  Piece decode(std::string_view unread);
  // The peer closed: success only when the framing allows the end here.
  Result<void> at_close() const;
  bool done() const { return state_ == State::kDone; }
  const Fields& trailers() const { return trailers_; }

 private:
  enum class State { kSized, kUntilClose, kChunkLine, kChunkData, kAfterChunk, kTrailers, kDone };

  void read_line(std::string_view unread, Piece& piece);
  void read_chunk_line(std::string_view line, Piece& piece);
  void read_trailer(std::string_view line, Piece& piece);
  void read_chunk_end(std::string_view unread, Piece& piece);

  State state_;
  std::uint64_t left_ = 0;
  std::size_t searched_ = 0;  // bytes of the current line in which no LF is
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  Fields trailers_;
};

}  // namespace sallyport::http
