// Finds where a needle stands in a text. Clean text costs one probe every few bytes and a look for
// escapes; only what passes is read symbol by symbol. Immutable once made; overwritten when it goes
// away. Pure.
#pragma once

#include <bitset>
#include <string_view>
#include <vector>

#include "core/secrets/needles.h"

namespace sallyport::secrets {

struct Span {
  std::size_t start = 0;
  std::size_t end = 0;
  auto operator<=>(const Span&) const = default;
};

class NeedleIndex {
 public:
  explicit NeedleIndex(std::vector<Needle> needles);
  ~NeedleIndex();
  NeedleIndex(const NeedleIndex&) = delete;
  NeedleIndex& operator=(const NeedleIndex&) = delete;

  // Adds all occurrences, in any order and some twice. Returns where the first one begins that may
  // come to be when the text goes on; the text's size if there is none, or it is `complete`.
  std::size_t find(std::string_view text, bool complete, std::vector<Span>& found) const;

 private:
  // Four bytes as they stand in a text, and where in which needle they do.
  struct Gram {
    std::uint32_t bytes;
    std::uint32_t needle;
    std::uint32_t index;
    auto operator<=>(const Gram&) const = default;
  };
  struct Search;  // one call of find()

  void add_grams(std::uint32_t which);
  void add_first(std::uint32_t which);
  void find_spelt(Search& search) const;
  void find_escaped(Search& search) const;
  void find_begun(Search& search) const;
  void try_escape(Search& search, std::size_t at) const;
  void try_first(Search& search, unsigned char first, std::size_t at) const;
  void try_needle(Search& search, const Needle& needle, std::size_t at) const;

  std::vector<Needle> needles_;
  // As many symbols of each needle, from the first whole one on, are looked for as they are spelt:
  // one of `stride_` successive places in a text lies on a gram of theirs.
  std::size_t window_ = 0;
  std::size_t stride_ = 0;
  std::vector<Gram> grams_;  // sorted
  std::vector<std::uint64_t> filter_;
  std::array<std::vector<std::uint32_t>, 256> first_;  // needles by a byte they may begin with
  std::bitset<256> inside_;            // bytes that may stand in a window or before it
  std::bitset<256> breaks_;            // bytes that may begin an escape or a gap
  std::array<char, 6> break_bytes_{};  // the same; some twice
};

}  // namespace sallyport::secrets
