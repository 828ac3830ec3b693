#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "protocols/http/encoder.h"
#include "protocols/http/path.h"
#include "tests/http/transcript.h"

using namespace sallyport::http;
using nlohmann::json;

namespace {

std::vector<json> read_lines(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<json> out;
  for (std::string line; std::getline(file, line);) out.push_back(json::parse(line));
  return out;
}

// Vectors of others are not part of this tree; they are read where they lie.
std::optional<std::vector<json>> outside(const std::string& name) {
  const char* set = std::getenv("SALLYPORT_VECTORS");
  const std::filesystem::path root =
      set != nullptr ? set
                     : std::filesystem::path(SALLYPORT_SOURCE_DIR).parent_path() / "shared/vectors";
  const std::filesystem::path path = root / "http1" / name;
  if (!std::filesystem::exists(path)) {
    WARN("skipped: " << name << " is not here (SALLYPORT_VECTORS names its folder)");
    return std::nullopt;
  }
  return read_lines(path);
}

std::string decode_base64(const std::string& text) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (char c : text) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string::npos) break;
    bits = bits << 6 | static_cast<unsigned>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  return out;
}

// The vectors hold bytes as code points below 256.
std::string to_latin1(const std::string& utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const unsigned lead = static_cast<unsigned char>(utf8[i]);
    if (lead < 0x80) {
      out.push_back(utf8[i]);
    } else if (++i < utf8.size()) {
      out.push_back(
          static_cast<char>((lead & 3) << 6 | (static_cast<unsigned char>(utf8[i]) & 0x3f)));
    }
  }
  return out;
}

// Cut anywhere, a stream gives the same transcript.
template <class ReadAll>
Transcript read_every_way(ReadAll read_all, const std::string& bytes) {
  Transcript whole = read_all(bytes, std::vector<std::size_t>{});
  REQUIRE(read_all(bytes, bytewise(bytes)).text == whole.text);
  for (std::size_t cut = 1; cut < bytes.size(); cut += 1 + bytes.size() / 64) {
    REQUIRE(read_all(bytes, std::vector<std::size_t>{cut}).text == whole.text);
  }
  return whole;
}

Transcript every_request(const std::string& bytes) {
  return read_every_way(
      [](std::string_view b, std::vector<std::size_t> c) { return read_requests(b, c); }, bytes);
}

Transcript every_response(const std::string& bytes, const std::string& method) {
  return read_every_way(
      [&](std::string_view b, std::vector<std::size_t> c) { return read_responses(b, c, method); },
      bytes);
}

// llhttp samples without Host (required by RFC 9112 §3.2) get one, so that they test what they are
// about.
std::string with_host(std::string bytes) {
  std::string out;
  const bool has =
      bytes.find("\nHost:") != std::string::npos || bytes.find("\nHOST:") != std::string::npos;
  if (has) return bytes;
  for (std::size_t at = bytes.find(" HTTP/1.1\r\n"); at != std::string::npos;
       at = bytes.find(" HTTP/1.1\r\n", at + 20)) {
    bytes.insert(at + 11, "Host: a\r\n");
  }
  return bytes;
}

// Accepted by llhttp, refused here; the reason beside each.
const std::set<std::string> kStricter = {
    "`Content-Length` with zeroes",             // octal to some
    "`Content-Length` with follow-up headers",  // likewise
    "M-SEARCH request",                         // "*" is for OPTIONS (RFC 9112 §3.2.4)
    "SOURCE request with ICE",                  // not HTTP
    "OPTIONS request with RTSP",                // not HTTP
    "ANNOUNCE request with RTSP",               // not HTTP
    "No HTTP version",                          // HTTP/0.9
    "curl GET",                                 // "0.0.0.0=5000" is no host
    "response: Should parse multiple events",   // an empty line between responses
    "Google 301",                               // the sample is followed by what is no response
    "Firefox GET",                              // "0.0.0.0=5000" is no host
    "POST with `chunked` as last transfer-encoding",  // other codings: 501
    "POST with `chunked` as last transfer-encoding (multiple headers)",
    "Trailing headers",                          // Content-Type after the content
    "`host:port` and basic auth",                // user information in a target
    "Host terminated by a query string",         // disagrees with the Host added here
    "`host:port` terminated by a query string",  // likewise
    "`host:port` terminated by a space",         // likewise
    "HTTP 101 response with Upgrade and Content-Length header",
    "RTSP response",                             // not HTTP
    "ICE response",                              // not HTTP
    "HTTP version 0.9",                          // not spoken
    "Response starting with CRLF",               // only requests may be preceded by one
    "HTTP 100 first, then 400",                  // likewise
    "HTTP 304 with Content-Length",              // likewise
    "`chunked` before other transfer-encoding",  // readers differ
    "multiple transfer-encoding where chunked is not the last one",
    "`chunkedchunked` transfer-encoding does not enable chunked enconding",
};

// Encoded and decoded again, the head says the same; the version is always our own.
bool encodes_to_itself(RequestHead head) {
  std::string out;
  if (!encode_request_head(out, head.method, head.target, head.fields)) return false;
  HeadDecoder decoder;
  const Step<RequestHead> step = decoder.request(out);
  if (!step.done) return false;
  head.minor_version = 1;
  head.keep_alive = step.done->message.keep_alive;
  head.expect_continue = step.done->message.expect_continue;
  return step.done->message == head && step.done->used == out.size();
}

std::string last_part(const std::string& title) {
  const std::size_t slash = title.rfind(" / ");
  return slash == std::string::npos ? title : title.substr(slash + 3);
}

}  // namespace

TEST_CASE(
    "what llhttp refuses is refused, and what it accepts is accepted or listed as stricter here") {
  const auto vectors = outside("llhttp_tests.jsonl");
  if (!vectors) return;
  std::size_t checked = 0;
  std::set<std::string> unused = kStricter;
  for (const json& v : *vectors) {
    const std::string type = v["type"].is_null() ? "url" : v["type"].get<std::string>();
    if (!v["lenient"].empty() || type == "url" || type.ends_with("-finish")) continue;
    const std::string title = last_part(v["title"]);
    const std::string bytes = decode_base64(v["b64"]);
    const bool skip_body = v["meta"].contains("skipBody");
    const std::string error =
        v["llhttp_error"].is_null() ? "" : v["llhttp_error"].get<std::string>();
    INFO(v["file"] << ": " << title << ": " << error << "\n" << bytes);
    const Transcript got = type == "request" ? every_request(with_host(bytes))
                                             : every_response(bytes, skip_body ? "HEAD" : "GET");
    INFO(got.text);
    ++checked;
    // llhttp stops where the protocol changes, or a message may not follow: no verdict on the
    // message.
    const bool pause = error.starts_with("Pause on");
    const bool after_close = error.starts_with("Data after");
    if (error.empty() || pause || after_close) {
      const std::string listed = kStricter.contains(title) ? title : type + ": " + title;
      if (kStricter.contains(listed)) {
        unused.erase(listed);
        CHECK(got.error != 0);
      } else if (!skip_body && !pause) {
        CHECK(got.error == 0);
        CHECK((got.messages > 0 || got.partial));
      }
    } else {
      // Refused, or never complete: either way nothing of it is forwarded as a message.
      const bool method =
          error == "Expected space after method" || error == "Invalid method for HTTP/x.x request";
      CHECK((method || got.error != 0 || got.partial));
    }
  }
  CHECK(checked > 150);
  for (const std::string& title : unused) WARN("listed as stricter, and not: " << title);
}

TEST_CASE("what made real servers disagree is refused or exactly the requests it says") {
  const auto vectors = outside("http_garden_payloads.jsonl");
  if (!vectors) return;
  std::size_t refused = 0;
  for (const json& v : *vectors) {
    const std::string bytes = decode_base64(v["b64"]);
    const Transcript got = every_request(bytes);
    INFO(v["text"] << "\n" << got.text);
    if (got.error != 0) {
      ++refused;
      continue;
    }
    // What is not refused is framed by one sized or chunked statement, and re-encodes to the same
    // head.
    HeadDecoder decoder;
    const Step<RequestHead> step = decoder.request(bytes);
    REQUIRE(step.done);
    REQUIRE(encodes_to_itself(step.done->message));
  }
  CHECK(refused >= 60);
  INFO("refused " << refused << " of " << vectors->size());
}

TEST_CASE(
    "requests of attack tools never upset the reader, and what is accepted re-encodes to itself") {
  const auto vectors = outside("crs_requests.jsonl");
  if (!vectors) return;
  for (const json& v : *vectors) {
    std::string bytes = v.value("method", "GET") + " " + v.value("uri", "/") + " " +
                        v.value("version", "HTTP/1.1") + "\r\nHost: localhost\r\n";
    if (v.contains("headers")) {
      for (const auto& [name, value] : v["headers"].items()) {
        if (name != "Host")
          bytes +=
              name + ": " + (value.is_string() ? value.get<std::string>() : value.dump()) + "\r\n";
      }
    }
    bytes += "\r\n";
    HeadDecoder decoder;
    const Step<RequestHead> step = decoder.request(bytes);
    if (!step.done) continue;
    const RequestHead& head = step.done->message;
    REQUIRE(encodes_to_itself(head));
    const TargetResult target = parse_target(head.target, head.method);
    REQUIRE((target.target || target.error));
    if (!target.target) continue;
    const TargetResult twice = parse_target(target.target->to_string(), head.method);
    REQUIRE(twice.target);
    REQUIRE(twice.target->to_string() == target.target->to_string());
  }
}

TEST_CASE("our own evasion requests are read as they must be") {
  const std::vector<json> vectors = read_lines(std::filesystem::path(SALLYPORT_SOURCE_DIR) /
                                               "tests/data/http/raw_requests.jsonl");
  REQUIRE(vectors.size() > 50);
  for (const json& v : vectors) {
    const std::string bytes = to_latin1(v["raw"]);
    const std::string group = v["group"];
    const Transcript got = every_request(bytes);
    INFO(v["id"] << " " << v.value("note", "") << "\n" << bytes << "\n" << got.text);
    const bool read = got.error == 0 && !got.partial && got.messages == 1;
    if (group == "smuggling") CHECK_FALSE(read);
    if (group == "benign" && !v.contains("also")) CHECK(read);
    if (group != "path" || !read) continue;
    // Denied by the place it leads to, or because servers would differ about that place.
    HeadDecoder decoder;
    const TargetResult target = parse_target(decoder.request(bytes).done->message.target, "GET");
    const bool override_field = bytes.find("X-Original-URL") != std::string::npos;
    CHECK((target.error || target.target->path.starts_with("/admin") ||
           !target.target->ambiguous.empty() || override_field));
  }
}
