#include "protocols/http/content.h"

#include <cstring>

namespace sallyport::http {

Result<Content> take_content(BodyDecoder& decoder, ByteBuffer& buffer) {
  char* gathered = nullptr;
  std::size_t size = 0;
  while (!decoder.done()) {
    const std::span<char> unread = buffer.unread();
    const BodyDecoder::Piece piece = decoder.decode({unread.data(), unread.size()});
    if (piece.error) return Error{ErrorCode::kMalformed, piece.error->detail};
    if (piece.used == 0 && !piece.end) break;
    if (!piece.data.empty()) {
      char* data = unread.data() + (piece.data.data() - unread.data());
      if (!gathered) {
        gathered = data;
      } else {
        std::memmove(gathered + size, data, piece.data.size());
      }
      size += piece.data.size();
    }
    buffer.consume(piece.used);
  }
  return Content{{gathered, size}, decoder.done()};
}

}  // namespace sallyport::http
