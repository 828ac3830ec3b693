// Writes JSON in a fixed member order with one way to escape, so that the same facts always give
// the same bytes. For leaves, agents' errors and listings; reading JSON is nlohmann's work.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport {

// Appends `text` as a JSON string with quotes. Bytes that are not UTF-8 become U+FFFD, so the
// output always is; control characters, U+2028 and U+2029 are escaped.
void append_json_string(std::string& out, std::string_view text);

// Builds objects and arrays member by member; commas and colons are its business. `key` is empty
// inside arrays.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter& begin_object(std::string_view key = {});
  JsonWriter& end_object();
  JsonWriter& begin_array(std::string_view key = {});
  JsonWriter& end_array();
  JsonWriter& text(std::string_view key, std::string_view value);
  JsonWriter& number(std::string_view key, std::uint64_t value);
  JsonWriter& boolean(std::string_view key, bool value);
  JsonWriter& null(std::string_view key);
  // Already JSON.
  JsonWriter& raw(std::string_view key, std::string_view json);

 private:
  void member(std::string_view key);
  std::string& out_;
  bool first_ = true;
};

}  // namespace sallyport
