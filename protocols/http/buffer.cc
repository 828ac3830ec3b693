#include "protocols/http/buffer.h"

#include <cstring>

namespace sallyport::http {

Block BufferCache::take(std::size_t size_class) {
  std::vector<Block>& kept = kept_[size_class];
  if (kept.empty()) return std::make_unique_for_overwrite<std::byte[]>(kSizes[size_class]);
  Block block = std::move(kept.back());
  kept.pop_back();
  return block;
}

void BufferCache::give_back(std::size_t size_class, Block block) {
  if (block && kept_[size_class].size() < kKeptBuffers)
    kept_[size_class].push_back(std::move(block));
}

bool ByteBuffer::reserve(std::size_t capacity) {
  if (capacity <= capacity_) return true;
  std::size_t size_class = 0;
  while (size_class < BufferCache::kSizes.size() && BufferCache::kSizes[size_class] < capacity)
    ++size_class;
  if (size_class == BufferCache::kSizes.size()) return false;
  Block larger = cache_.take(size_class);
  const std::size_t size = end_ - begin_;
  if (size != 0) std::memcpy(larger.get(), block_.get() + begin_, size);
  cache_.give_back(size_class_, std::move(block_));
  block_ = std::move(larger);
  size_class_ = size_class;
  capacity_ = BufferCache::kSizes[size_class];
  begin_ = 0;
  end_ = size;
  return true;
}

std::span<std::byte> ByteBuffer::room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (begin_ != 0 && end_ == capacity_) {
    std::memmove(block_.get(), block_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return {block_.get() + end_, capacity_ - end_};
}

void ByteBuffer::release() {
  cache_.give_back(size_class_, std::move(block_));
  block_ = nullptr;
  capacity_ = begin_ = end_ = 0;
}

}  // namespace sallyport::http
