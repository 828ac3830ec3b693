// HTTP/1.1 off the wire (RFC 9112): strict, without I/O, the same messages for every chunking. Whatever two
// readers could frame differently is an error: the connection answers 400 and closes. Each decode function
// takes the unread bytes and says how many it used; nothing back means it wants more.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "protocols/http/message.h"

namespace sallyport::http {

// A refusal of the wire: the status to answer with before closing (400, 413, 414, 431, 501, 505).
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

// Finds and reads one head. Keeps the place to which it has looked for the end, so that a head that arrives
// in many pieces costs linear time: always pass the same unread bytes from their start, longer each time.
class HeadDecoder {
 public:
  Step<RequestHead> request(std::string_view unread);
  // `request_method` decides whether there is content (RFC 9112 §6.3).
  Step<ResponseHead> response(std::string_view unread, std::string_view request_method);
  void reset() { searched_ = 0; }

 private:
  std::optional<std::size_t> find_end(std::string_view unread, std::size_t limit, WireError& error);
  std::size_t searched_ = 0;
};

// The content of one message, piece by piece. Pieces view the input.
class BodyDecoder {
 public:
  BodyDecoder(Framing framing, std::uint64_t content_length);

  struct Piece {
    std::string_view data;  // may be empty while framing is read
    std::size_t used = 0;
    bool end = false;       // the content (and trailers) is complete
  };
  // Uses as much of `unread` as it can; used == 0 and !end: want more.
  Step<Piece> decode(std::string_view unread);
  // The peer closed: success only when the framing allows the end here.
  Result<void> at_close() const;
  bool done() const { return done_; }
  const Fields& trailers() const { return trailers_; }

 private:
  Step<Piece> decode_chunked(std::string_view unread);
  enum class State { kData, kSize, kChunk, kChunkEnd, kTrailers, kDone };
  Framing framing_;
  std::uint64_t left_ = 0;
  State state_ = State::kData;
  bool done_ = false;
  std::size_t overhead_ = 0;
  Fields trailers_;
};

}  // namespace sallyport::http
