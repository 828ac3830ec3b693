#include "policy/mask/anchors.h"

namespace sallyport::mask {
namespace {

__extension__ using Bits = unsigned __int128;

// Two blocks as one number: the second is what the shapes of the first may look into.
constexpr Bits join(std::uint64_t block, std::uint64_t after) { return Bits{after} << 64 | block; }

constexpr std::uint64_t low(Bits bits) { return static_cast<std::uint64_t>(bits); }

// Bit i where bits i..i+N-1 are set.
template <unsigned N>
constexpr Bits run(Bits bits) {
  if constexpr (N <= 1) {
    return bits;
  } else {
    const Bits half = run<N / 2>(bits);
    const Bits both = half & half >> (N / 2);
    if constexpr (N % 2 == 0) return both;
    return both & bits >> (N - 1);
  }
}

// Bit i where the byte before i is in the class; `before` is the block before.
constexpr std::uint64_t previous(std::uint64_t block, std::uint64_t before, unsigned by = 1) {
  return block << by | before >> (64 - by);
}

}  // namespace

AnchorMasks find_anchors(const Classes& before, const Classes& block, const Classes& after) {
  AnchorMasks out;
  auto set = [&out](Anchor anchor, std::uint64_t bits) {
    out[static_cast<std::size_t>(anchor)] = bits;
  };
  const Bits digit = join(block.digit, after.digit);
  const Bits letter = join(block.letter, after.letter);
  const Bits alnum = digit | letter;
  const Bits hyphen = join(block.hyphen, after.hyphen);
  const Bits gap = join(block.space, after.space) | hyphen;
  const Bits dot = join(block.dot, after.dot);
  const Bits digits2 = run<2>(digit);
  const Bits digits3 = run<3>(digit);
  const Bits digits4 = run<2>(digits3);
  const std::uint64_t after_digit = previous(block.digit, before.digit);

  // Digits with single gaps between them; a card has at least thirteen digits.
  const Bits chain = digit | (gap & (digit << 1 | before.digit >> 63) & digit >> 1);
  set(Anchor::kCard, low(run<13>(chain)) & block.digit & ~after_digit);
  set(Anchor::kSsn,
      low(digits3 & gap >> 3 & digits2 >> 4 & gap >> 6 & digits4 >> 7) & ~after_digit);
  set(Anchor::kBareSsn, low(digits3 & digits3 >> 3 & digits3 >> 6 & ~digit >> 9) & ~after_digit);
  const Bits phone_gap = gap | dot;
  set(Anchor::kPhone,
      low(digits3 & phone_gap >> 3 & digits3 >> 4 & phone_gap >> 7 & digits4 >> 8) & ~after_digit);
  set(Anchor::kParenPhone, block.open & low(digits3 >> 1));
  set(Anchor::kPlusPhone, block.plus & low(digit >> 1));
  const Bits inner = dot & (digit << 1 | before.digit >> 63) & digit >> 1;
  const Bits pair = inner & (inner >> 2 | inner >> 3 | inner >> 4);
  set(Anchor::kIpv4, low(inner & (pair >> 2 | pair >> 3 | pair >> 4)));

  set(Anchor::kEmail, block.at);
  set(Anchor::kSlackHook, low(dot & dot >> 6));
  set(Anchor::kSlackToken, block.x & low(hyphen >> 4));
  set(Anchor::kPem, low(run<5>(hyphen) & letter >> 5));

  // A word begins: nothing of a word before, or an escape as of JSON.
  const std::uint64_t escaped = previous(block.backslash, before.backslash, 2) |
                                previous(block.backslash, before.backslash, 6);
  const std::uint64_t alnum_before = before.digit | before.letter;
  const std::uint64_t edge = ~previous(low(alnum), alnum_before) | escaped;
  set(Anchor::kIban, low(letter & letter >> 1 & digits2 >> 2 &
                         (run<11>(alnum) >> 4 | (gap >> 4 & run<4>(alnum) >> 5))) &
                         edge);
  const Bits upper = digit | join(block.upper, after.upper);
  set(Anchor::kAwsKey, low(run<20>(upper)) & block.upper & edge);
  const Bits slash = join(block.slash | block.plus, after.slash | after.plus);
  const Bits base64 = alnum | slash;
  set(Anchor::kAwsSecret, low(run<40>(base64) & ~base64 >> 40) &
                              ~previous(low(base64), alnum_before | before.slash | before.plus));
  const Bits e_then = join(block.e, after.e) & join(block.yw, after.yw) >> 1;
  set(Anchor::kJwt, low(e_then) & (edge | low(join(block.j, after.j) >> 2)));
  set(Anchor::kGithubToken, block.underscore & low(run<36>(alnum) >> 1));
  return out;
}

}  // namespace sallyport::mask
