#include "core/json_writer.h"
#include "tools/cli/rows.h"
#include "tools/cli/text.h"
#include "tools/replay/exchange.h"

namespace sallyport::replay {
namespace {

void write_message(JsonWriter& json, std::string_view key, const Message& message) {
  json.begin_object(key);
  Head head = parse_head(message.head);
  json.text("start_line", head.start_line).begin_array("headers");
  for (const auto& [name, value] : head.fields)
    json.begin_object().text("name", name).text("value", value).end_object();
  json.end_array().number("body_bytes", message.body.size());
  // Exactly one of the two, so that the bytes can always be had back.
  if (cli::is_text(message.body)) {
    json.text("body", message.body);
  } else {
    json.text("body_base64", cli::base64(message.body));
  }
  if (message.first)
    json.number("offset_us",
                static_cast<std::uint64_t>(std::max<std::int64_t>(message.first->count(), 0)));
  json.end_object();
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
  json.end_object();
  return out + '\n';
}

}  // namespace sallyport::replay
