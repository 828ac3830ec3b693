// What was recorded of one command of an HTTP session, put together for replay, and the three forms
// it is printed in. The renderings are pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "storage/reader.h"

namespace sallyport::replay {

// A body is shown in text up to here; the other formats have all that was recorded.
inline constexpr std::size_t kTextBodyBytes = 64u << 10;
// A body that is no text is shown in hexadecimal up to here.
inline constexpr std::size_t kHexBodyBytes = 256;

// One side of an exchange, as it was recorded.
struct Message {
  std::string head;  // start line and fields as on the wire; empty: not recorded
  std::string body;
  std::optional<std::chrono::microseconds> first;  // since the session was opened
  std::optional<std::chrono::microseconds> last;
};

// A message of a WebSocket, or one of its control frames.
struct SocketMessage {
  bool from_agent = false;
  std::string kind;                     // "text", "binary", "ping", "pong", "close"
  std::string body;                     // of a close, as a person reads it: "1000 bye"
  std::chrono::microseconds offset{0};  // since the session was opened
};

struct Exchange {
  storage::CommandRow row;
  storage::CommandFacts facts;
  Message request;
  Message response;
  std::vector<SocketMessage> messages;  // of a WebSocket, as they passed
};

struct Head {
  std::string start_line;
  std::vector<std::pair<std::string, std::string>> fields;
};
Head parse_head(std::string_view head);

// The first value of a field, without regard to case; empty when absent.
std::string field(const Head& head, std::string_view name);

// Reads one command's chunks and facts.
Result<Exchange> load_exchange(storage::StoreReader& reader, const SessionId& session,
                               const storage::CommandRow& row);

// For a terminal: nothing recorded can reach it as a control sequence.
std::string to_text(const Exchange& exchange);
// One JSON object with the columns of `commands`, "attributes", "request" and "response".
std::string to_jsonl(const Exchange& exchange);
// HTTP Archive 1.2: a whole document, made piece by piece.
std::string har_begin();
std::string har_entry(const Exchange& exchange);
std::string har_end();

}  // namespace sallyport::replay
