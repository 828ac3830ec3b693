// The bytes that were read and not yet taken, of one direction: small while a session is idle,
// large while data streams in, and as large as a message that has to be whole.
#pragma once

#include <openssl/crypto.h>

#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "protocols/postgres/limits.h"

namespace sallyport::postgres {

class Inbox {
 public:
  std::string_view unread() const {
    return {reinterpret_cast<const char*>(bytes_.data()) + begin_, end_ - begin_};
  }
  void take(std::size_t count) { begin_ += count; }

  // The same for what must not stay in memory.
  void wipe(std::size_t count) {
    OPENSSL_cleanse(bytes_.data() + begin_, count);
    begin_ += count;
  }

  // Room for more, after what is unread. Moves the bytes: nothing may view them any more.
  std::span<std::byte> room() {
    if (begin_ > 0) {
      std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    std::size_t wanted = busy_ ? kBuffer : kIdleBuffer;
    if (end_ + wanted / 2 > wanted) wanted = end_ + kBuffer;
    // Shrinks only when it is empty, so that an idle session keeps little.
    if (bytes_.size() < wanted || (end_ == 0 && bytes_.size() > wanted)) {
      bytes_.resize(wanted);
      if (end_ == 0) bytes_.shrink_to_fit();
    }
    return std::span(bytes_).subspan(end_);
  }
  void add(std::size_t count) {
    busy_ = count >= kIdleBuffer;
    end_ += count;
  }
  // What arrived with something else.
  void put(std::string_view bytes) {
    if (bytes.empty()) return;
    bytes_.resize(end_ + bytes.size());
    std::memcpy(bytes_.data() + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
  }

 private:
  std::vector<std::byte> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool busy_ = false;  // the last read brought more than an idle session gets
};

}  // namespace sallyport::postgres
