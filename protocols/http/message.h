// HTTP semantics (RFC 9110), independent of the version on the wire: what a decoder yields and an
// encoder takes. HTTP/1.1 and later HTTP/2 are codecs of these. Owned strings; plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::http {

struct Field {
  std::string name;   // as received; compared without case
  std::string value;  // without surrounding white space
  bool operator==(const Field&) const = default;
};

// RFC 9110 §5: an ordered list; a name may stand several times.
class Fields {
 public:
  void reserve(std::size_t count) { list_.reserve(count); }
  void add(std::string name, std::string value);
  void set(std::string_view name, std::string value);  // removes the others of that name
  void remove(std::string_view name);
  // The first value, or nullptr.
  const std::string* find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  std::vector<std::string_view> values(std::string_view name) const;
  const std::vector<Field>& list() const { return list_; }
  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  bool operator==(const Fields&) const = default;

 private:
  std::vector<Field> list_;
};

// Texts of the same length, without regard to the case of ASCII letters.
bool equal_without_case(std::string_view a, std::string_view b);
// Asked for many names that mostly differ in length, so that much is decided in place.
inline bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && equal_without_case(a, b);
}

// The members of a comma-separated list over all lines of that name, white space trimmed, empty
// members left out (RFC 9110 §5.6.1); commas in quoted strings do not separate. They view the
// fields.
std::vector<std::string_view> list_members(const Fields& fields, std::string_view name);
// Whether one of these members is `token`, without case.
bool has_member(const Fields& fields, std::string_view name, std::string_view token);
// The protocols that the message asks to switch to: members of Upgrade, only when Connection lists
// `upgrade` (RFC 9110 §7.8).
std::vector<std::string_view> upgrade_protocols(const Fields& fields);

// How the end of a message's content is found (RFC 9112 §6.3).
enum class Framing { kNone, kLength, kChunked, kUntilClose };

struct RequestHead {
  std::string method;
  std::string target;  // request-target as received (RFC 9112 §3.2)
  int minor_version = 1;
  Fields fields;
  Framing framing = Framing::kNone;
  std::uint64_t content_length = 0;  // with kLength
  bool keep_alive = true;
  bool expect_continue = false;
  bool operator==(const RequestHead&) const = default;
};

struct ResponseHead {
  int status = 0;
  std::string reason;
  int minor_version = 1;
  Fields fields;
  Framing framing = Framing::kNone;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  bool operator==(const ResponseHead&) const = default;
};

}  // namespace sallyport::http
