#include "protocols/http/content_type.h"

#include <catch2/catch.hpp>

namespace sallyport::http {
namespace {

std::optional<TextFormat> of(const std::string& type) {
  Fields fields;
  fields.add("Content-Type", type);
  return text_format(fields);
}

}  // namespace

TEST_CASE("content is read by its type") {
  for (const char* type :
       {"application/json", "application/json; charset=utf-8", "Application/JSON",
        "application/problem+json", "application/x-ndjson", "text/json"})
    CHECK(of(type) == TextFormat::kJson);
  CHECK(of("application/x-www-form-urlencoded") == TextFormat::kForm);
  CHECK(of("text/event-stream;charset=UTF-8") == TextFormat::kEventStream);
  for (const char* type :
       {"text/plain", "text/html; charset=\"ISO-8859-1\"", "text/csv", "application/xml",
        "image/svg+xml", "application/javascript", "application/yaml", "", "application/graphql",
        "text/markdown", "text/plain; charset='windows-1252'"})
    CHECK(of(type) == TextFormat::kPlain);
  CHECK(text_format(Fields()) == TextFormat::kPlain);
}

TEST_CASE("content that is no text, or in a charset that hides it, cannot be read") {
  for (const char* type : {"image/png",
                           "application/octet-stream",
                           "application/pdf",
                           "application/zip",
                           "video/mp4",
                           "multipart/form-data; boundary=x",
                           "multipart/byteranges; boundary=x",
                           "message/http",
                           "application/grpc",
                           "application/grpc+proto",
                           "application/x-protobuf",
                           "application/cbor",
                           "application/vnd.ms-excel",
                           "json",
                           "*/*",
                           "text/plain; charset=utf-16",
                           "text/html;charset=UTF-16LE",
                           "application/json; charset=utf-32",
                           "text/plain; charset=utf-7",
                           "text/plain; charset=ibm037",
                           "text/plain; charset=cp1047",
                           "text/plain; charset=iso-2022-jp",
                           "text/plain; charset=unknown",
                           "text/plain; charset=",
                           "text/plain; charset=utf-8; charset=utf-16",
                           "text/plain; CharSet = \"utf-16\""})
    CHECK_FALSE(of(type).has_value());
  Fields two;
  two.add("Content-Type", "text/plain");
  two.add("Content-Type", "image/png");
  CHECK_FALSE(text_format(two).has_value());
}

TEST_CASE("text is told from what only claims to be text by its first bytes") {
  using namespace std::string_view_literals;
  for (std::string_view start : {""sv, "{"sv, "{\"a\""sv, "\xef\xbb\xbf{"sv, "\r\n\t "sv,
                                 "\x1b[1m"sv, "\x1e{}"sv, "\xc3\xa9t\xc3"sv, "\xfd\xfe\xff\xff"sv})
    CHECK_FALSE(begins_like_no_text(start));
  for (std::string_view start : {"\xff\xfe{\0"sv, "\xfe\xff"sv, "{\0\"\0"sv, "\0{"sv, "\0\0\0{"sv,
                                 "\x1f\x8b\x08"sv, "PK\x03\x04"sv})
    CHECK(begins_like_no_text(start));
  CHECK_FALSE(begins_like_no_text("abcd\0"sv));
}

}  // namespace sallyport::http
