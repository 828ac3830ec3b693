// HTTP Archive 1.2. What the broker knows beyond it stands in members that begin with "_", as that
// format asks of extensions.
#include <fmt/format.h>

#include <charconv>

#include "core/json_writer.h"
#include "tools/cli/text.h"
#include "tools/cli/values.h"
#include "tools/replay/exchange.h"

namespace sallyport::replay {
namespace {

using namespace std::chrono_literals;

struct RequestLine {
  std::string method;
  std::string target;
  std::string version = "HTTP/1.1";
};

// From the recorded head, or, when no payloads are kept, from the command's own text "METHOD
// path?query".
RequestLine request_line(const Exchange& exchange, const Head& head) {
  std::string line = head.start_line.empty() ? exchange.row.text.value_or("") : head.start_line;
  RequestLine out;
  std::size_t space = std::min(line.find(' '), line.size());
  out.method = line.substr(0, space);
  std::string rest = line.substr(std::min(space + 1, line.size()));
  std::size_t version = rest.rfind(" HTTP/");
  if (version != std::string::npos) {
    out.version = rest.substr(version + 1);
    rest.resize(version);
  }
  out.target = rest;
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode_query(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
               hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

void write_pairs(JsonWriter& json, std::string_view key,
                 const std::vector<std::pair<std::string, std::string>>& pairs) {
  json.begin_array(key);
  for (const auto& [name, value] : pairs)
    json.begin_object().text("name", name).text("value", value).end_object();
  json.end_array();
}

std::vector<std::pair<std::string, std::string>> query_of(const std::string& target) {
  std::vector<std::pair<std::string, std::string>> out;
  std::size_t mark = target.find('?');
  if (mark == std::string::npos) return out;
  std::string_view rest = std::string_view(target).substr(mark + 1);
  while (!rest.empty()) {
    std::string_view pair = rest.substr(0, std::min(rest.find('&'), rest.size()));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty()) continue;
    std::size_t equals = std::min(pair.find('='), pair.size());
    out.emplace_back(decode_query(pair.substr(0, equals)),
                     decode_query(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return out;
}

void write_body(JsonWriter& json, const std::string& body) {
  if (cli::is_text(body)) {
    json.text("text", body);
  } else {
    json.text("text", cli::base64(body)).text("encoding", "base64");
  }
}

std::string size_or_unknown(const std::string& bytes) {
  return bytes.empty() ? "-1" : fmt::format("{}", bytes.size());
}

void write_request(JsonWriter& json, const Exchange& exchange) {
  Head head = parse_head(exchange.request.head);
  RequestLine line = request_line(exchange, head);
  std::string host = field(head, "Host");
  std::string url = line.target;
  if (url.starts_with('/'))
    url = fmt::format("http://{}{}", host.empty() ? exchange.row.target : host, line.target);
  json.begin_object("request")
      .text("method", line.method)
      .text("url", url)
      .text("httpVersion", line.version)
      .begin_array("cookies")
      .end_array();
  write_pairs(json, "headers", head.fields);
  write_pairs(json, "queryString", query_of(line.target));
  if (!exchange.request.body.empty()) {
    json.begin_object("postData").text("mimeType", field(head, "Content-Type"));
    write_body(json, exchange.request.body);
    json.end_object();
  }
  json.raw("headersSize", size_or_unknown(exchange.request.head))
      .number("bodySize", exchange.request.body.size())
      .end_object();
}

void write_response(JsonWriter& json, const Exchange& exchange) {
  Head head = parse_head(exchange.response.head);
  std::string version = "HTTP/1.1";
  std::string reason;
  int status = 0;
  std::string number = exchange.row.status.value_or("");
  if (std::size_t space = head.start_line.find(' '); space != std::string::npos) {
    version = head.start_line.substr(0, space);
    number = head.start_line.substr(space + 1, 3);
    if (head.start_line.size() > space + 5) reason = head.start_line.substr(space + 5);
  } else if (exchange.row.decision == "deny") {
    // The broker itself answered (INTERFACE section 3); its answer is not a payload of the target.
    number = "403";
    reason = "Forbidden";
  }
  std::from_chars(number.data(), number.data() + number.size(), status);
  json.begin_object("response")
      .number("status", static_cast<std::uint64_t>(std::max(status, 0)))
      .text("statusText", reason)
      .text("httpVersion", version)
      .begin_array("cookies")
      .end_array();
  write_pairs(json, "headers", head.fields);
  json.begin_object("content")
      .number("size", exchange.response.body.size())
      .text("mimeType", field(head, "Content-Type"));
  if (!exchange.response.body.empty()) write_body(json, exchange.response.body);
  json.end_object()
      .text("redirectURL", field(head, "Location"))
      .raw("headersSize", size_or_unknown(exchange.response.head))
      .number("bodySize", exchange.response.body.size())
      .end_object();
}

// As browsers write them: messages only, with their times in seconds since 1970. The request's head
// was recorded when the command was.
void write_socket_messages(JsonWriter& json, const Exchange& exchange) {
  const std::optional<WallTime> began = cli::parse_time(exchange.row.time);
  const std::chrono::duration<double> since_1970 =
      began ? began->time_since_epoch() : WallTime::duration();
  const std::chrono::microseconds opened = exchange.request.first.value_or(0us);
  json.text("_resourceType", "websocket").begin_array("_webSocketMessages");
  for (const SocketMessage& message : exchange.messages) {
    const bool text = message.kind == "text";
    if (!text && message.kind != "binary") continue;
    const std::chrono::duration<double> at = since_1970 + (message.offset - opened);
    json.begin_object()
        .text("type", message.from_agent ? "send" : "receive")
        .raw("time", fmt::format("{:.6f}", at.count()))
        .number("opcode", text ? 1 : 2)
        .text("data", text ? message.body : cli::base64(message.body))
        .end_object();
  }
  json.end_array();
}

double milliseconds_between(const std::optional<std::chrono::microseconds>& from,
                            const std::optional<std::chrono::microseconds>& to) {
  if (!from || !to || *to < *from) return 0;
  return static_cast<double>((*to - *from).count()) / 1000.0;
}

}  // namespace

std::string har_begin() {
  std::string out = R"({"log":{"version":"1.2","creator":{"name":"sallyport","version":)";
  append_json_string(out, SALLYPORT_VERSION);
  return out + R"(},"entries":[)";
}

std::string har_entry(const Exchange& exchange) {
  const Message& request = exchange.request;
  const Message& response = exchange.response;
  double send = milliseconds_between(request.first, request.last);
  double wait = milliseconds_between(request.last, response.first);
  double receive = milliseconds_between(response.first, response.last);
  // Without payloads there are no times of their parts: all of it was waiting.
  if (!request.first && !response.first) wait = exchange.row.duration_ms.value_or(0);
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .text("startedDateTime", exchange.row.time)
      .raw("time", fmt::format("{:.3f}", send + wait + receive));
  write_request(json, exchange);
  write_response(json, exchange);
  json.begin_object("cache").end_object();
  json.begin_object("timings")
      .raw("send", fmt::format("{:.3f}", send))
      .raw("wait", fmt::format("{:.3f}", wait))
      .raw("receive", fmt::format("{:.3f}", receive))
      .end_object();
  json.number("_event", exchange.row.event)
      .number("_seq", exchange.row.seq)
      .text("_decision", exchange.row.decision)
      .text("_rule", exchange.row.rule.value_or(""));
  if (exchange.row.reason && !exchange.row.reason->empty())
    json.text("comment", *exchange.row.reason);
  if (!exchange.messages.empty()) write_socket_messages(json, exchange);
  json.end_object();
  return out;
}

std::string har_end() { return "]}}"; }

}  // namespace sallyport::replay
