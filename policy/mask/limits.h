// Limits of the masking engine, each with its unit and its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sallyport::mask {

// Bytes of a stream that are held because a hit may have begun in them without its anchor being
// complete: the longest way from a hit's first byte to that place is an e-mail address's (65), then
// a fine-grained GitHub token's (50).
inline constexpr std::size_t kTailBytes = 96;
// Bytes before a candidate that its verdict may look at. The longest look is for "social security"
// within thirty characters, which are up to four bytes each.
inline constexpr std::size_t kLookBehindBytes = 160;
// The longest hit but for JWTs and private keys: an e-mail address of 64, '@' and 253 bytes.
inline constexpr std::size_t kHitBytes = 318;
// Settled bytes a stream keeps, so that the verdict on a hit which begins in them sees what it
// would see in the whole text.
inline constexpr std::size_t kContextBytes = kHitBytes + kLookBehindBytes;

// RFC 5321 §4.5.3.1: 64 octets of local part, 253 of a name that fits in a DNS message. Of a longer
// local part the last 64 bytes count.
inline constexpr std::size_t kEmailLocalBytes = 64;
inline constexpr std::size_t kEmailDomainBytes = 253;
// Characters before nine bare digits in which a word must make them an SSN (SPEC.md).
inline constexpr std::size_t kSsnContextCharacters = 30;
// The name before an AWS secret key, with what stands between the two.
inline constexpr std::size_t kSecretNameBytes = 64;

// Bytes of a JWT's header that are decoded; a certificate chain in x5c fits.
inline constexpr std::size_t kJwtHeaderBytes = 8 << 10;
// Bytes of a JWT that are held for its verdict. A longer run with a JWT's header is masked to its
// end.
inline constexpr std::size_t kJwtBytes = 16 << 10;
// Bytes of a private key block that are held for its END line; an RSA key of 16,384 bits takes
// 12,700. What looks like a block and is longer is masked as far as it looks like one.
inline constexpr std::size_t kPemBytes = 32 << 10;
// Base64 characters that make a block: below it there is no key, only a placeholder.
inline constexpr std::size_t kPemBlockCharacters = 16;
// Base64 characters that make a block whose END line is missing.
inline constexpr std::size_t kPemCutCharacters = 64;

// Named patterns of one masker, and memory RE2 may use for one (or for all of them together when
// they are tried at once).
inline constexpr std::size_t kPatterns = 64;
inline constexpr std::size_t kPatternBytes = 4'096;
inline constexpr std::int64_t kPatternMemory = 1 << 20;
inline constexpr std::int64_t kPatternsMemory = 8 << 20;
// A pattern is matched within a line. A longer line is looked at in windows of this many bytes...
inline constexpr std::size_t kWindowBytes = 4'096;
// ...that begin this far apart, so that a match of up to 1 KiB is seen whole.
inline constexpr std::size_t kWindowStep = 3'072;

// JSON pointers of one mask: they are kept as the bits of one word.
inline constexpr std::size_t kPointers = 64;
inline constexpr std::size_t kPointerBytes = 4'096;
inline constexpr std::size_t kPointerDepth = 64;  // reference tokens of one

// Bytes of a JSON number that is held, since it is replaced as a whole: those of an RSA modulus of
// 8,192 bits fit. A longer one is masked like text, or redacted with all that follows when there
// are pointers.
inline constexpr std::size_t kScalarBytes = 4'096;
// Objects and arrays within each other whose members are followed; what lies deeper is masked when
// there are pointers. Common parsers stop at 100 to 1,000.
inline constexpr std::size_t kJsonDepth = 1'024;
// Bytes of a scalar at a pointer that are held for `partial` and `hash`; a longer one is redacted.
inline constexpr std::size_t kPlaceBytes = 64 << 10;
// Bytes of one event of an event stream that are held until it ends. A longer one is masked as
// plain text, or redacted when there are pointers.
inline constexpr std::size_t kEventBytes = 1 << 20;

// A shorter key would let someone who sees hashes find it by trying keys.
inline constexpr std::size_t kHashKeyBytes = 16;
// Bytes of one value that are hashed: a longer one is known by its beginning.
inline constexpr std::size_t kHashedBytes = 16 << 10;

}  // namespace sallyport::mask
