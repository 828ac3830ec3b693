#include "policy/mask/classes.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace sallyport::mask {

void classify_scalar(const char* bytes, std::size_t count, Classes* out) {
  for (std::size_t window = 0; window < count; ++window) {
    Classes classes{};
    for (std::size_t i = 0; i < kWindow; ++i) {
      const auto c = static_cast<unsigned char>(bytes[window * kOwn + i]);
      const std::uint64_t bit = std::uint64_t{1} << i;
      if (c >= '0' && c <= '9') classes.digit |= bit;
      if ((c | 0x20u) >= 'a' && (c | 0x20u) <= 'z') classes.letter |= bit;
      if (c >= 'A' && c <= 'Z') classes.upper |= bit;
      switch (c) {
        // clang-format off
        case ' ': classes.space |= bit; break;
        case '-': classes.hyphen |= bit; break;
        case '.': classes.dot |= bit; break;
        case '@': classes.at |= bit; break;
        case '+': classes.plus |= bit; break;
        case '_': classes.underscore |= bit; break;
        case '/': classes.slash |= bit; break;
        case '(': classes.open |= bit; break;
        case '\\': classes.backslash |= bit; break;
        case 'e': classes.e |= bit; break;
        case 'y': case 'w': classes.yw |= bit; break;
        case 'J': classes.j |= bit; break;
        case 'x': classes.x |= bit; break;
        default: break;
          // clang-format on
      }
    }
    out[window] = classes;
  }
}

#ifdef __x86_64__
namespace {

// One window with the vectors of one instruction set: V loads and compares, all else is shared. It
// is a macro because a template's target attributes do not carry over to what is inlined into it.
// NOLINTBEGIN(bugprone-macro-parentheses): a type takes none.
#define SALLYPORT_CLASSIFY(NAME, TARGET, VECTOR, LOAD, SET, EQ, SUB, MIN, OR, MASK)        \
  TARGET void NAME(const char* bytes, std::size_t count, Classes* out) {                   \
    constexpr std::size_t kStep = sizeof(VECTOR);                                          \
    for (std::size_t window = 0; window < count; ++window) {                               \
      Classes c{};                                                                         \
      for (std::size_t i = 0; i < kWindow; i += kStep) {                                   \
        const VECTOR v = LOAD(reinterpret_cast<const VECTOR*>(bytes + window * kOwn + i)); \
        auto mask = [i](VECTOR m) __attribute__((always_inline)) TARGET {                  \
          return std::uint64_t{static_cast<std::uint32_t>(MASK(m))} << i;                  \
        };                                                                                 \
        const VECTOR digit = SUB(v, SET('0'));                                             \
        const VECTOR upper = SUB(v, SET('A'));                                             \
        const VECTOR letter = SUB(OR(v, SET(0x20)), SET('a'));                             \
        c.digit |= mask(EQ(MIN(digit, SET(9)), digit));                                    \
        c.upper |= mask(EQ(MIN(upper, SET(25)), upper));                                   \
        c.letter |= mask(EQ(MIN(letter, SET(25)), letter));                                \
        c.space |= mask(EQ(v, SET(' ')));                                                  \
        c.hyphen |= mask(EQ(v, SET('-')));                                                 \
        c.dot |= mask(EQ(v, SET('.')));                                                    \
        c.at |= mask(EQ(v, SET('@')));                                                     \
        c.plus |= mask(EQ(v, SET('+')));                                                   \
        c.underscore |= mask(EQ(v, SET('_')));                                             \
        c.slash |= mask(EQ(v, SET('/')));                                                  \
        c.open |= mask(EQ(v, SET('(')));                                                   \
        c.backslash |= mask(EQ(v, SET('\\')));                                             \
        c.e |= mask(EQ(v, SET('e')));                                                      \
        c.yw |= mask(OR(EQ(v, SET('y')), EQ(v, SET('w'))));                                \
        c.j |= mask(EQ(v, SET('J')));                                                      \
        c.x |= mask(EQ(v, SET('x')));                                                      \
      }                                                                                    \
      out[window] = c;                                                                     \
    }                                                                                      \
  }

// NOLINTEND(bugprone-macro-parentheses)
SALLYPORT_CLASSIFY(classify_sse2, , __m128i, _mm_loadu_si128, _mm_set1_epi8, _mm_cmpeq_epi8,
                   _mm_sub_epi8, _mm_min_epu8, _mm_or_si128, _mm_movemask_epi8)
SALLYPORT_CLASSIFY(classify_avx2, __attribute__((target("avx2"))), __m256i, _mm256_loadu_si256,
                   _mm256_set1_epi8, _mm256_cmpeq_epi8, _mm256_sub_epi8, _mm256_min_epu8,
                   _mm256_or_si256, _mm256_movemask_epi8)
#undef SALLYPORT_CLASSIFY

}  // namespace

Classifier sse2_classifier() { return classify_sse2; }
Classifier avx2_classifier() { return __builtin_cpu_supports("avx2") ? classify_avx2 : nullptr; }
#else
Classifier sse2_classifier() { return nullptr; }
Classifier avx2_classifier() { return nullptr; }
#endif

Classifier best_classifier() {
  if (Classifier found = avx2_classifier()) return found;
  if (Classifier found = sse2_classifier()) return found;
  return classify_scalar;
}

}  // namespace sallyport::mask
