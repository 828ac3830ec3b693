// Memory for bytes on their way. A BufferCache keeps blocks of three sizes for the connections of
// one thread, so that idle connections hold little and busy ones allocate nothing. Used on that
// thread only.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "protocols/http/serve_limits.h"

namespace sallyport::http {

using Block = std::unique_ptr<std::byte[]>;

class BufferCache {
 public:
  static constexpr std::array<std::size_t, 3> kSizes = {kSmallBuffer, kMediumBuffer, kLargeBuffer};

  Block take(std::size_t size_class);
  void give_back(std::size_t size_class, Block block);

 private:
  std::array<std::vector<Block>, kSizes.size()> kept_;
};

// One block with two cursors: bytes that arrived and were not used yet, and room behind them. Holds
// no block while it is empty and released.
class ByteBuffer {
 public:
  explicit ByteBuffer(BufferCache& cache) : cache_(cache) {}
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;
  ~ByteBuffer() { release(); }

  std::span<char> unread() { return {data() + begin_, end_ - begin_}; }
  std::string_view view() { return {data() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  // What was consumed stays in place until the next room() or reserve().
  void consume(std::size_t bytes) { begin_ += bytes; }

  // At least this capacity in all (of the three sizes), with the unread bytes kept. False: more
  // than the largest.
  bool reserve(std::size_t capacity);
  std::size_t capacity() const { return capacity_; }
  // Where to read to; empty when the block is full of unread bytes.
  std::span<std::byte> room();
  void filled(std::size_t bytes) { end_ += bytes; }
  // Gives the block back; what was unread is gone.
  void release();

 private:
  char* data() { return reinterpret_cast<char*>(block_.get()); }
  BufferCache& cache_;
  Block block_;
  std::size_t size_class_ = 0;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace sallyport::http
