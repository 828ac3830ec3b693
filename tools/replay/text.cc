#include "tools/cli/text.h"

#include <fmt/format.h>

#include "tools/replay/exchange.h"

namespace sallyport::replay {
namespace {

// Each line of `text` behind a mark that says whose it is.
void append_lines(std::string& out, std::string_view mark, std::string_view text) {
  std::string safe = cli::printable(text);
  std::string_view rest = safe;
  while (!rest.empty()) {
    std::size_t end = std::min(rest.find('\n'), rest.size());
    out.append(mark).append(rest.substr(0, end)).push_back('\n');
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void append_body(std::string& out, std::string_view mark, std::string_view body) {
  if (cli::is_text(body.substr(0, kTextBodyBytes)) || cli::is_text(body)) {
    append_lines(out, mark, body.substr(0, kTextBodyBytes));
    if (body.size() > kTextBodyBytes)
      fmt::format_to(std::back_inserter(out), "{}[{} more bytes]\n", mark,
                     body.size() - kTextBodyBytes);
    return;
  }
  fmt::format_to(std::back_inserter(out), "{}[{} bytes, not text]\n", mark, body.size());
  append_lines(out, mark, cli::hex_excerpt(body, kHexBodyBytes));
}

// Its time counts from the opening of the session.
void append_socket_message(std::string& out, const SocketMessage& message) {
  const std::string_view mark = message.from_agent ? "> " : "< ";
  fmt::format_to(std::back_inserter(out), "{}[{:.3f} s {}]\n", mark,
                 static_cast<double>(message.offset.count()) / 1e6,
                 cli::printable_line(message.kind));
  append_body(out, mark, message.body);
}

void append_message(std::string& out, std::string_view mark, const Message& message) {
  if (!message.head.empty()) {
    Head head = parse_head(message.head);
    append_lines(out, mark, head.start_line);
    for (const auto& [name, value] : head.fields) append_lines(out, mark, name + ": " + value);
  }
  if (message.body.empty()) return;
  out.append(mark.substr(0, mark.size() - 1)) += '\n';
  append_body(out, mark, message.body);
}

}  // namespace

std::string to_text(const Exchange& exchange) {
  const storage::CommandRow& row = exchange.row;
  std::string out = fmt::format("#{} {} event {}: {}", row.seq, row.time, row.event,
                                cli::printable_line(row.text.value_or("(text erased)")));
  fmt::format_to(std::back_inserter(out), "\n   {}", row.decision);
  if (row.rule && !row.rule->empty()) out += " by " + cli::printable_line(*row.rule);
  if (row.reason && !row.reason->empty()) out += ": " + cli::printable_line(*row.reason);
  if (row.status) out += "; status " + cli::printable_line(*row.status);
  if (row.duration_ms) fmt::format_to(std::back_inserter(out), "; {:.1f} ms", *row.duration_ms);
  out += '\n';
  append_message(out, "> ", exchange.request);
  append_message(out, "< ", exchange.response);
  for (const SocketMessage& message : exchange.messages) append_socket_message(out, message);
  return out + '\n';
}

}  // namespace sallyport::replay
