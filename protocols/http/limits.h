// Limits of HTTP, each with its unit and its reason. Bytes unless the name says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sallyport::http {

// RFC 9112 §3 asks for at least 8,000; longer URLs do not pass common servers either. Beyond: 414.
inline constexpr std::size_t kRequestLineBytes = 8 * 1024;
// Room for a token with many groups and a jar of cookies; what nginx takes by default. Beyond: 431.
inline constexpr std::size_t kRequestHeadBytes = 32 * 1024;
// Targets set more than agents send (cookies, security policies), and are fewer.
inline constexpr std::size_t kResponseHeadBytes = 64 * 1024;
inline constexpr std::size_t kStatusLineBytes = 8 * 1024;
// Field lines of one head. Browsers send about 20; the bound keeps every walk over them short.
inline constexpr std::size_t kFieldLines = 100;
// A chunk's size with its extensions: nobody uses these, and long ones only serve to hide or to
// waste.
inline constexpr std::size_t kChunkLineBytes = 256;
// All chunk extensions of one message: otherwise one-byte chunks carry 250 bytes of nothing each
// for ever.
inline constexpr std::size_t kChunkExtensionBytes = 16 * 1024;
// Hexadecimal digits of a chunk size: a 64-bit number (RFC 9112 §7.1 on overflow).
inline constexpr std::size_t kChunkSizeDigits = 16;
// Trailers carry digests and a status, not a second head.
inline constexpr std::size_t kTrailerBytes = 8 * 1024;
inline constexpr std::size_t kTrailerLines = 32;
// Content-Length: what a signed 64-bit file offset can hold. Beyond: 413.
inline constexpr std::uint64_t kContentLength = 0x7fff'ffff'ffff'ffff;
// name=value pairs of a query that become facts; a longer query is 400.
inline constexpr std::size_t kQueryPairs = 500;

// Codings of one content on top of each other: a second one is a mistake of proxies, a third one an
// attack on who decodes.
inline constexpr std::size_t kStackedCodings = 2;
// Decoded at a time.
inline constexpr std::size_t kDecodedPiece = 64 * 1024;
// Decoded content may have so many times the bytes that came; text has 3 to 20. The first bytes are
// free: an empty page of one repeated word is no attack.
inline constexpr std::uint64_t kDecodedRatio = 100;
inline constexpr std::uint64_t kDecodedFree = 64 * 1024;
// Beyond this size, only as many as text that is worth its length has. Nothing is held in memory,
// so that a long download at an ordinary ratio has no bound.
inline constexpr std::uint64_t kDecodedLarge = 64 * 1024 * 1024;
inline constexpr std::uint64_t kDecodedLargeRatio = 20;

// The longest spelling of one byte of a credential in which it is still found, `&#x00000041;`, with
// room to spare. Ranges are asked for wider by that of the whole credential.
inline constexpr std::uint64_t kEscapedBytes = 16;
// They are wider by this at least: enough for a token of 4 KiB, and for another one before it.
inline constexpr std::uint64_t kGuardReach = 64 * 1024;

// The content of a control frame of a WebSocket (RFC 6455 §5.5).
inline constexpr std::size_t kControlFrameBytes = 125;
// What is held of one of its frames; a longer one goes on in frames of this size. Most messages are
// shorter, and so arrive as they were sent.
inline constexpr std::size_t kWebSocketPiece = 64 * 1024;

}  // namespace sallyport::http
