// Messages of a byte stream as text, however the stream is cut: what tests and fuzzers compare.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocols/postgres/decoder.h"

namespace sallyport::postgres {

// Reads all of `bytes` as it arrives in pieces that end at `cuts`; a message in pieces is shown as
// one. Ends with "!" and the error's code, or "~" where a message is not complete.
inline std::string read_messages(Direction direction, std::string_view bytes,
                                 const std::vector<std::size_t>& cuts = {}) {
  MessageDecoder decoder(direction);
  std::string out;
  std::size_t taken = 0;
  std::vector<std::size_t> ends = cuts;
  ends.push_back(bytes.size());
  for (std::size_t arrived : ends) {
    arrived = std::min(arrived, bytes.size());
    while (taken <= arrived) {
      auto piece = decoder.next(bytes.substr(taken, arrived - taken));
      if (!piece) return out + "!" + std::string(to_string(piece.error().code));
      if (!*piece) break;
      const auto& p = **piece;
      if (p.first()) out += "\n" + std::string(1, p.type) + std::to_string(p.size) + ":";
      out.append(p.body);
      taken += p.wire.size();
    }
  }
  if (taken < bytes.size() || decoder.in_pieces()) out += "~";
  return out;
}

inline std::string message(char type, std::string_view body) {
  std::string out(1, type);
  const auto size = static_cast<std::uint32_t>(body.size() + 4);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift));
  return out.append(body);
}

}  // namespace sallyport::postgres
