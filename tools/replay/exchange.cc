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
