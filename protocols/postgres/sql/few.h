// A list that is in place while it is short: most of a statement's lists hold one or two items. For
// plain values. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace sallyport::postgres::sql {

template <class T, std::size_t N>
class Few {
 public:
  void push_back(const T& item) {
    if (size_ < N) {
      here_[size_++] = item;
      return;
    }
    if (size_ == N) more_.assign(here_.begin(), here_.end());
    more_.push_back(item);
    ++size_;
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& operator[](std::size_t i) const { return begin()[i]; }
  const T* begin() const { return size_ <= N ? here_.data() : more_.data(); }
  const T* end() const { return begin() + size_; }
  // Drops what stands behind the first `size` items.
  void truncate(std::size_t size) {
    if (size >= size_) return;
    if (size_ > N && size <= N)
      for (std::size_t i = 0; i < size; ++i) here_[i] = more_[i];
    if (size_ > N) more_.resize(size > N ? size : 0);
    size_ = size;
  }

 private:
  std::size_t size_ = 0;
  std::array<T, N> here_{};
  std::vector<T> more_;
};

}  // namespace sallyport::postgres::sql
