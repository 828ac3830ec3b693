#include "core/json_writer.h"
#include "tools/cli/rows.h"
#include "tools/cli/text.h"
#include "tools/replay/exchange.h"

namespace sallyport::replay {
namespace {

// Exactly one of the two, so that the bytes can always be had back.
void write_body(JsonWriter& json, const std::string& body) {
  if (cli::is_text(body)) {
    json.text("body", body);
  } else {
    json.text("body_base64", cli::base64(body));
  }
}

std::uint64_t offset_us(std::chrono::microseconds offset) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(offset.count(), 0));
}

void write_message(JsonWriter& json, std::string_view key, const Message& message) {
  json.begin_object(key);
  Head head = parse_head(message.head);
  json.text("start_line", head.start_line).begin_array("headers");
  for (const auto& [name, value] : head.fields)
    json.begin_object().text("name", name).text("value", value).end_object();
  json.end_array().number("body_bytes", message.body.size());
  write_body(json, message.body);
  if (message.first) json.number("offset_us", offset_us(*message.first));
  json.end_object();
}

void write_messages(JsonWriter& json, const std::vector<SocketMessage>& messages) {
  json.begin_array("messages");
  for (const SocketMessage& message : messages) {
    json.begin_object()
        .text("from", message.from_agent ? "agent" : "target")
        .text("kind", message.kind)
        .number("offset_us", offset_us(message.offset));
    write_body(json, message.body);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string to_jsonl(const Exchange& exchange) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  cli::write_members(json, exchange.row);
  json.begin_array("attributes");
  for (const Attribute& attribute : exchange.facts.attributes)
    json.begin_object().text("name", attribute.name).text("value", attribute.value).end_object();
  json.end_array();
  write_message(json, "request", exchange.request);
  write_message(json, "response", exchange.response);
  if (!exchange.messages.empty()) write_messages(json, exchange.messages);
  json.end_object();
  return out + '\n';
}

}  // namespace sallyport::replay
