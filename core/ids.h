// Strong types for the numbers and names that travel together and must not be mixed up.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport {

// One session, all its life. A UUID version 7 (RFC 9562 §5.7): sortable by start, never chosen by a
// client. Written as 36 lower-case characters.
class SessionId {
 public:
  SessionId() = default;
  static SessionId make(std::int64_t unix_ms);  // random part from OpenSSL's generator
  static Result<SessionId> parse(std::string_view text);
  std::string to_string() const;
  auto operator<=>(const SessionId&) const = default;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// The number of a leaf in the whole log, from 0; what `sallyport audit prove` takes.
enum class EventNumber : std::uint64_t {};
inline std::uint64_t to_number(EventNumber n) { return static_cast<std::uint64_t>(n); }

// Counts the Commands of one session, from 1.
enum class CommandSeq : std::uint32_t {};
inline std::uint32_t to_number(CommandSeq n) { return static_cast<std::uint32_t>(n); }

}  // namespace sallyport

template <>
struct std::hash<sallyport::SessionId> {
  std::size_t operator()(const sallyport::SessionId& id) const noexcept;
};
