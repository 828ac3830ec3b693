#include "policy/mask/anchors.h"

namespace sallyport::mask {
namespace {

// Bit i where bits i..i+N-1 are set.
template <unsigned N>
constexpr std::uint64_t run(std::uint64_t bits) {
  if constexpr (N <= 1) {
    return bits;
  } else {
    const std::uint64_t half = run<N / 2>(bits);
    const std::uint64_t both = half & half >> (N / 2);
    if constexpr (N % 2 == 0) return both;
    return both & bits >> (N - 1);
  }
}

// As far as a shape may reach from its anchor: of a longer run this much is looked at.
constexpr unsigned kAfter = kWindow - kBefore - kOwn;
constexpr std::uint64_t kOwnBits = ((std::uint64_t{1} << kOwn) - 1) << kBefore;

}  // namespace

AnchorMasks find_anchors(const Classes& window) {
  AnchorMasks out;
  auto set = [&out](Anchor anchor, std::uint64_t bits) {
    bits &= kOwnBits;
    out.of[static_cast<std::size_t>(anchor)] = bits;
    out.any |= bits;
  };
  const std::uint64_t digit = window.digit;
  const std::uint64_t letter = window.letter;
  const std::uint64_t alnum = digit | letter;
  const std::uint64_t gap = window.space | window.hyphen;
  const std::uint64_t dot = window.dot;
  const std::uint64_t digits2 = run<2>(digit);
  const std::uint64_t digits3 = digits2 & digit >> 2;
  const std::uint64_t digits4 = digits3 & digit >> 3;
  const std::uint64_t first_digit = digit & ~(digit << 1);

  // Digits with single gaps between them; a card has at least thirteen digits.
  const std::uint64_t chain = digit | (gap & digit << 1 & digit >> 1);
  set(Anchor::kCard, run<13>(chain) & first_digit);
  set(Anchor::kSsn, first_digit & digits3 & gap >> 3 & digits2 >> 4 & gap >> 6 & digits4 >> 7);
  set(Anchor::kBareSsn, first_digit & digits3 & digits3 >> 3 & digits3 >> 6 & ~(digit >> 9));
  const std::uint64_t phone_gap = gap | dot;
  set(Anchor::kPhone,
      first_digit & digits3 & phone_gap >> 3 & digits3 >> 4 & phone_gap >> 7 & digits4 >> 8);
  set(Anchor::kParenPhone, window.open & digits3 >> 1);
  set(Anchor::kPlusPhone, window.plus & digit >> 1);
  const std::uint64_t inner = dot & digit << 1 & digit >> 1;
  const std::uint64_t pair = inner & (inner >> 2 | inner >> 3 | inner >> 4);
  set(Anchor::kIpv4, inner & (pair >> 2 | pair >> 3 | pair >> 4));

  set(Anchor::kEmail, window.at);
  set(Anchor::kSlackHook, dot & dot >> 6);
  set(Anchor::kSlackToken, window.x & window.hyphen >> 4);
  const std::uint64_t hyphens2 = run<2>(window.hyphen);
  if (hyphens2 != 0) set(Anchor::kPem, hyphens2 & hyphens2 >> 2 & window.hyphen >> 4 & letter >> 5);

  // A word begins: nothing of a word before, or an escape as of JSON.
  const std::uint64_t edge = ~(alnum << 1) | window.backslash << 2 | window.backslash << 6;
  set(Anchor::kJwt, window.e & window.yw >> 1 & (edge | window.j >> 2));
  const std::uint64_t country = edge & letter & letter >> 1 & digits2 >> 2;
  if (country != 0)
    set(Anchor::kIban, country & (run<11>(alnum) >> 4 | (gap >> 4 & run<4>(alnum) >> 5)));
  // Long runs are rare, and three kinds of tokens need one.
  const std::uint64_t base64 = alnum | window.slash | window.plus;
  const std::uint64_t long_run = run<kAfter>(base64);
  if (long_run != 0) {
    set(Anchor::kAwsSecret, long_run & ~(base64 << 1));
    set(Anchor::kAwsKey, edge & window.upper & run<kAfter>(digit | window.upper));
    set(Anchor::kGithubToken, window.underscore & run<kAfter>(alnum) >> 1);
  }
  return out;
}

}  // namespace sallyport::mask
