// What the decoders make of a stream of bytes, as text: the same for every way to cut the stream,
// which is what the tests and fuzzers compare. The content of a message is joined, since its pieces
// depend on the cuts.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/http/decoder.h"

namespace sallyport::http {

struct Transcript {
  std::string text;
  std::size_t messages = 0;  // complete ones
  int error = 0;             // the status of the refusal
  bool partial = false;      // a message was begun and is not complete
  bool closed = false;       // the last message ends the connection; what follows was not read
};

inline void describe(std::string& out, const Fields& fields) {
  for (const Field& field : fields.list()) out += "  " + field.name + ": " + field.value + "\n";
}

inline std::string describe(const RequestHead& head) {
  std::string out =
      head.method + " " + head.target + " 1." + std::to_string(head.minor_version) + "\n";
  describe(out, head.fields);
  return out;
}

inline std::string describe(const ResponseHead& head) {
  std::string out = std::to_string(head.status) + " " + head.reason + "\n";
  describe(out, head.fields);
  return out;
}

// Reads what has arrived, keeping the rest: one side of a connection.
template <class Head>
class Reader {
 public:
  using Next = std::function<Step<Head>(HeadDecoder&, std::string_view)>;
  explicit Reader(Next next) : next_(std::move(next)) {}

  void feed(std::string_view bytes) {
    unread_ += bytes;
    while (step()) {
    }
  }

  Transcript finish() {
    if (result_.error == 0 && !result_.closed) result_.partial = in_body_ || !unread_.empty();
    if (in_body_ && framing_ == Framing::kUntilClose) {
      result_.partial = false;
      end_message();
    }
    if (result_.partial) result_.text += "partial\n";
    return std::move(result_);
  }

 private:
  bool step() {
    if (result_.error != 0 || result_.closed) return false;
    return in_body_ ? read_body() : read_head();
  }

  bool read_head() {
    Step<Head> step = next_(decoder_, unread_);
    if (step.error) return fail(step.error->status);
    if (!step.done) return false;
    unread_.erase(0, step.done->used);
    const Head& head = step.done->message;
    result_.text += describe(head);
    keep_alive_ = head.keep_alive;
    framing_ = head.framing;
    body_ = BodyDecoder(head.framing, head.content_length);
    in_body_ = true;
    return true;
  }

  bool read_body() {
    const BodyDecoder::Piece piece = body_.decode(unread_);
    result_.text += piece.data;
    if (piece.error) return fail(piece.error->status);
    const bool moved = piece.used > 0;
    unread_.erase(0, piece.used);
    if (!piece.end) return moved;
    end_message();
    return true;
  }

  void end_message() {
    in_body_ = false;
    ++result_.messages;
    result_.text += "\nend\n";
    describe(result_.text, body_.trailers());
    result_.closed = !keep_alive_;
  }

  bool fail(int status) {
    result_.error = status;
    result_.text += "\nerror " + std::to_string(status) + "\n";
    return false;
  }

  Next next_;
  HeadDecoder decoder_;
  BodyDecoder body_{Framing::kNone, 0};
  Framing framing_ = Framing::kNone;
  bool in_body_ = false;
  bool keep_alive_ = true;
  std::string unread_;
  Transcript result_;
};

template <class Head>
Transcript read_in_pieces(Reader<Head> reader, std::string_view bytes,
                          std::vector<std::size_t> cuts) {
  std::sort(cuts.begin(), cuts.end());
  std::size_t from = 0;
  for (std::size_t cut : cuts) {
    const std::size_t to = std::clamp(cut, from, bytes.size());
    reader.feed(bytes.substr(from, to - from));
    from = to;
  }
  reader.feed(bytes.substr(from));
  return reader.finish();
}

inline Transcript read_requests(std::string_view bytes, std::vector<std::size_t> cuts = {}) {
  const auto next = [](HeadDecoder& decoder, std::string_view unread) {
    return decoder.request(unread);
  };
  return read_in_pieces(Reader<RequestHead>(next), bytes, std::move(cuts));
}

inline Transcript read_responses(std::string_view bytes, std::vector<std::size_t> cuts = {},
                                 std::string method = "GET") {
  const auto next = [method](HeadDecoder& decoder, std::string_view unread) {
    return decoder.response(unread, method);
  };
  return read_in_pieces(Reader<ResponseHead>(next), bytes, std::move(cuts));
}

// Every byte on its own.
inline std::vector<std::size_t> bytewise(std::string_view bytes) {
  std::vector<std::size_t> cuts(bytes.size());
  for (std::size_t i = 0; i < cuts.size(); ++i) cuts[i] = i;
  return cuts;
}

}  // namespace sallyport::http
