#include "core/secrets/needle_index.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "core/secrets/escape_unit.h"
#include "core/secrets/limits.h"

namespace sallyport::secrets {
namespace {

constexpr std::size_t kGramBytes = sizeof(std::uint32_t);
constexpr std::size_t kMaxWindow = 16;
constexpr unsigned kFilterBits = 16;
// Looked at together for escapes.
constexpr std::size_t kBlock = 64;

unsigned char byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

std::uint32_t gram_at(std::string_view text, std::size_t at) {
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, text.data() + at, kGramBytes);
  return bytes;
}

std::uint32_t hash(std::uint32_t gram) { return gram * 0x9E3779B1U >> (32 - kFilterBits); }

enum class Verdict { kNo, kMore, kYes };

// One way to read the text: so many symbols of the needle were seen before `at`.
struct Branch {
  std::size_t symbols = 0;
  std::size_t at = 0;
  std::size_t gaps = 0;  // since the last symbol
};

// The branch goes on with a piece of text that stands for these bytes; or it is over.
std::optional<Branch> step(const Needle& needle, Branch branch,
                           std::span<const unsigned char> bytes, std::size_t length) {
  constexpr std::size_t kGaps = 2;  // CR LF
  const SymbolTable& table = symbols_of(needle.coding);
  for (const unsigned char byte : bytes) {
    const std::int16_t symbol = table[byte];
    if (symbol == kGap && branch.symbols > 0 && branch.gaps < kGaps) {
      ++branch.gaps;
      continue;
    }
    if (branch.symbols == needle.size() || !needle.accepts(branch.symbols, symbol))
      return std::nullopt;
    ++branch.symbols;
    branch.gaps = 0;
  }
  branch.at += length;
  return branch;
}

// The readings of a text that are still to be followed.
class Readings {
 public:
  void add(const std::optional<Branch>& branch) {
    if (!branch || added_ == kGuardBranches) return;
    branches_[count_++] = *branch;
    ++added_;
  }
  bool next(Branch& branch) {
    if (count_ == 0) return false;
    branch = branches_[--count_];
    return true;
  }

 private:
  std::array<Branch, kGuardBranches> branches_;
  std::size_t count_ = 0;
  std::size_t added_ = 0;
};

// Whether the needle stands in the text from `at` on; `end` is where it ends.
Verdict match(const Needle& needle, std::string_view text, std::size_t at, bool complete,
              std::size_t& end) {
  Readings others;
  Branch now{0, at, 0};
  for (bool alive = true; alive; alive = alive || others.next(now)) {
    if (now.symbols == needle.size()) {
      end = now.at;
      return Verdict::kYes;
    }
    alive = false;
    if (now.at >= text.size()) {
      if (!complete) return Verdict::kMore;
      continue;
    }
    const unsigned char byte = byte_at(text, now.at);
    const std::optional<Branch> plain = step(needle, now, {&byte, 1}, 1);
    if (byte == '+' || kEscapes.find(text[now.at]) != std::string_view::npos) {
      const EscapeUnit unit = escape_unit(text.substr(now.at), complete);
      if (unit.state == EscapeUnit::State::kMore) return Verdict::kMore;
      if (unit.state == EscapeUnit::State::kUnit) {
        others.add(step(needle, now, std::span(unit.bytes).first(unit.count), unit.length));
        if (unit.as_byte) others.add(step(needle, now, {&*unit.as_byte, 1}, unit.length));
      }
    }
    if (plain) {
      now = *plain;
      alive = true;
    }
  }
  return Verdict::kNo;
}

}  // namespace

struct NeedleIndex::Search {
  std::string_view text;
  bool complete;
  std::vector<Span>& found;
  std::size_t open;  // where the first unfinished occurrence begins
};

NeedleIndex::NeedleIndex(std::vector<Needle> needles)
    : needles_(std::move(needles)), window_(kMaxWindow), filter_((1U << kFilterBits) / 64) {
  bool spaces = false;
  bool gaps = false;
  for (const Needle& needle : needles_) {
    window_ = std::min(window_, needle.whole_count());
    gaps = gaps || needle.coding == Coding::kBase64;
    spaces = spaces || (needle.coding == Coding::kPlain &&
                        needle.symbols.view().find(' ') != std::string_view::npos);
  }
  stride_ = window_ - kGramBytes + 1;
  std::string breaks(kEscapes);
  if (spaces) breaks += '+';
  if (gaps) breaks += "\r\n";
  for (const char c : breaks) breaks_.set(static_cast<unsigned char>(c));
  break_bytes_.fill(breaks.front());
  std::ranges::copy(breaks, break_bytes_.begin());
  for (std::uint32_t i = 0; i < needles_.size(); ++i) {
    add_grams(i);
    add_first(i);
  }
  std::sort(grams_.begin(), grams_.end());
  grams_.erase(std::unique(grams_.begin(), grams_.end()), grams_.end());
}

NeedleIndex::~NeedleIndex() {
  OPENSSL_cleanse(grams_.data(), grams_.size() * sizeof(Gram));
  OPENSSL_cleanse(filter_.data(), filter_.size() * sizeof(filter_[0]));
  for (auto& needles : first_) OPENSSL_cleanse(needles.data(), needles.size() * sizeof(needles[0]));
}

void NeedleIndex::add_grams(std::uint32_t which) {
  const Needle& needle = needles_[which];
  const std::size_t from = needle.whole_from();
  for (std::size_t spelling = 0; spelling < Needle::kSpellings; ++spelling) {
    for (std::size_t i = from; i < from + window_; ++i)
      inside_.set(static_cast<unsigned char>(needle.spelt(i, spelling)));
    for (std::size_t i = from; i < from + stride_; ++i) {
      std::array<char, kGramBytes> bytes{};
      for (std::size_t k = 0; k < kGramBytes; ++k) bytes[k] = needle.spelt(i + k, spelling);
      const std::uint32_t gram = gram_at({bytes.data(), bytes.size()}, 0);
      const std::uint32_t bit = hash(gram);
      filter_[bit / 64] |= std::uint64_t{1} << bit % 64;
      grams_.push_back({gram, which, static_cast<std::uint32_t>(i)});
    }
  }
}

void NeedleIndex::add_first(std::uint32_t which) {
  const SymbolTable& table = symbols_of(needles_[which].coding);
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    if (!needles_[which].accepts(0, table[byte])) continue;
    first_[byte].push_back(which);
    inside_.set(byte);
  }
}

std::size_t NeedleIndex::find(std::string_view text, bool complete,
                              std::vector<Span>& found) const {
  Search search{text, complete, found, text.size()};
  find_spelt(search);
  find_escaped(search);
  if (!complete) find_begun(search);
  return search.open;
}

// Occurrences that begin as they are spelt.
void NeedleIndex::find_spelt(Search& search) const {
  const std::string_view text = search.text;
  for (std::size_t at = 0; at + kGramBytes <= text.size(); at += stride_) {
    const std::uint32_t gram = gram_at(text, at);
    const std::uint32_t bit = hash(gram);
    if ((filter_[bit / 64] >> bit % 64 & 1) == 0) continue;
    for (auto it = std::ranges::lower_bound(grams_, gram, {}, &Gram::bytes);
         it != grams_.end() && it->bytes == gram; ++it)
      if (it->index <= at) try_needle(search, needles_[it->needle], at - it->index);
  }
}

// Occurrences with an escape or a gap near their beginning.
void NeedleIndex::find_escaped(Search& search) const {
  const std::string_view text = search.text;
  const std::array<char, 6> breaks = break_bytes_;
  std::size_t at = 0;
  for (; at + kBlock <= text.size(); at += kBlock) {
    std::array<unsigned char, kBlock> found{};
    const char* block = text.data() + at;
    for (std::size_t i = 0; i < kBlock; ++i) {
      const char c = block[i];
      // Written so that compilers make vectors of it.
      found[i] = static_cast<unsigned char>(
          (c == breaks[0] ? 0x80 : 0) | (c == breaks[1] ? 0x80 : 0) | (c == breaks[2] ? 0x80 : 0) |
          (c == breaks[3] ? 0x80 : 0) | (c == breaks[4] ? 0x80 : 0) | (c == breaks[5] ? 0x80 : 0));
    }
    for (std::size_t word = 0; word < kBlock; word += sizeof(std::uint64_t)) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, found.data() + word, sizeof bytes);
      if (bytes == 0) continue;
      for (std::size_t i = word; i < word + sizeof bytes; ++i)
        if (found[i] != 0) try_escape(search, at + i);
    }
  }
  for (; at < text.size(); ++at)
    if (breaks_[byte_at(text, at)]) try_escape(search, at);
}

// The first escape of an occurrence is at `at`: it begins there, or with the bytes before.
void NeedleIndex::try_escape(Search& search, std::size_t at) const {
  const std::string_view text = search.text;
  try_first(search, byte_at(text, at), at);
  if (const EscapeUnit unit = escape_unit(text.substr(at), search.complete);
      unit.state == EscapeUnit::State::kMore) {
    search.open = std::min(search.open, at);
  } else if (unit.state == EscapeUnit::State::kUnit) {
    try_first(search, unit.bytes[0], at);
    if (unit.as_byte) try_first(search, *unit.as_byte, at);
  }
  for (std::size_t back = 1; back <= window_ && back <= at; ++back) {
    const unsigned char byte = byte_at(text, at - back);
    if (!inside_[byte]) break;
    try_first(search, byte, at - back);
  }
}

// Occurrences of which too little has come to be found by a gram.
void NeedleIndex::find_begun(Search& search) const {
  const std::size_t size = search.text.size();
  for (std::size_t at = size - std::min(size, window_ + 1); at < size; ++at)
    try_first(search, byte_at(search.text, at), at);
}

void NeedleIndex::try_first(Search& search, unsigned char first, std::size_t at) const {
  for (const std::uint32_t which : first_[first]) try_needle(search, needles_[which], at);
}

void NeedleIndex::try_needle(Search& search, const Needle& needle, std::size_t at) const {
  std::size_t end = 0;
  switch (match(needle, search.text, at, search.complete, end)) {
    case Verdict::kYes:
      search.found.push_back({at, end});
      break;
    case Verdict::kMore:
      search.open = std::min(search.open, at);
      break;
    case Verdict::kNo:
      break;
  }
}

}  // namespace sallyport::secrets
