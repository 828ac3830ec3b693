#include "tools/replay/exchange.h"

#include <algorithm>
#include <cctype>

namespace sallyport::replay {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

void note_time(Message& message, std::chrono::microseconds offset) {
  if (!message.first) message.first = offset;
  message.last = offset;
}

// Streams "ws.in" (of the agent) and "ws.out": the kind of a message in `.head`, then its content
// in
// `.body`; a whole control frame in `.control`.
void add_socket_chunk(std::vector<SocketMessage>& messages, const storage::ReplayChunk& chunk) {
  const bool from_agent = chunk.stream.starts_with("ws.in.");
  if (chunk.stream.ends_with(".control")) {
    const std::size_t space = std::min(chunk.bytes.find(' '), chunk.bytes.size());
    const std::string body = chunk.bytes.substr(std::min(space + 1, chunk.bytes.size()));
    messages.push_back({from_agent, chunk.bytes.substr(0, space), body, chunk.offset});
    return;
  }
  if (chunk.stream.ends_with(".head")) {
    messages.push_back({from_agent, chunk.bytes, {}, chunk.offset});
    return;
  }
  // The message under way: control frames may stand after its head.
  const auto latest = std::find_if(messages.rbegin(), messages.rend(), [&](const auto& message) {
    return message.from_agent == from_agent && (message.kind == "text" || message.kind == "binary");
  });
  if (latest != messages.rend()) latest->body += chunk.bytes;
}

}  // namespace

Head parse_head(std::string_view head) {
  Head out;
  bool first = true;
  while (!head.empty()) {
    std::size_t end = std::min(head.find('\n'), head.size());
    std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 1, head.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if (std::exchange(first, false)) {
      out.start_line = line;
      continue;
    }
    std::size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    while (value.starts_with(' ')) value.remove_prefix(1);
    out.fields.emplace_back(line.substr(0, colon), value);
  }
  return out;
}

std::string field(const Head& head, std::string_view name) {
  for (const auto& [key, value] : head.fields)
    if (same_name(key, name)) return value;
  return {};
}

Result<Exchange> load_exchange(storage::StoreReader& reader, const SessionId& session,
                               const storage::CommandRow& row) {
  Exchange out;
  out.row = row;
  CommandSeq seq{static_cast<std::uint32_t>(row.seq)};
  auto facts = reader.facts(session, seq);
  // Facts that were erased leave the row; anything else is an error of the whole replay.
  if (!facts && facts.error().code != ErrorCode::kNotFound) return facts.error();
  if (facts) out.facts = std::move(*facts);
  auto read = reader.replay(session, seq, [&](const storage::ReplayChunk& chunk) {
    if (chunk.stream.starts_with("ws.")) {
      add_socket_chunk(out.messages, chunk);
      return true;
    }
    bool request = chunk.stream.starts_with("request.");
    Message& message = request ? out.request : out.response;
    note_time(message, chunk.offset);
    bool head = chunk.stream.ends_with(".head");
    (head ? message.head : message.body) += chunk.bytes;
    return true;
  });
  if (!read) return read.error();
  return out;
}

}  // namespace sallyport::replay
