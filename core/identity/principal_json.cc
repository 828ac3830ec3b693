#include "core/identity/principal_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/identity/limits.h"
#include "core/identity/strict_json.h"
#include "core/json_writer.h"

namespace sallyport::identity {
namespace {

using nlohmann::json;

void write_list(JsonWriter& out, std::string_view key, const std::vector<std::string>& values) {
  if (values.empty()) return;
  out.begin_array(key);
  for (const std::string& value : values) out.text({}, value);
  out.end_array();
}

void write_text(JsonWriter& out, std::string_view key, const std::string& value) {
  if (!value.empty()) out.text(key, value);
}

// Takes the members off one by one; whatever is left over at the end is unknown.
class Members {
 public:
  explicit Members(const json& object) : object_(object) {}

  std::string text(const char* key) {
    const json* value = take(key);
    if (value == nullptr) return {};
    if (!value->is_string() || value->get_ref<const std::string&>().empty()) ok_ = false;
    return ok_ ? value->get<std::string>() : std::string();
  }
  std::vector<std::string> list(const char* key) {
    std::vector<std::string> out;
    const json* value = take(key);
    if (value == nullptr) return out;
    if (!value->is_array() || value->empty()) ok_ = false;
    for (const json& item : *value) {
      if (!item.is_string()) ok_ = false;
      if (ok_) out.push_back(item.get<std::string>());
    }
    return out;
  }
  WallTime time(const char* key) {
    const json* value = take(key);
    if (value == nullptr || !value->is_number_unsigned()) {
      ok_ = false;
      return {};
    }
    const auto microseconds = value->get<std::uint64_t>();
    if (microseconds > static_cast<std::uint64_t>(INT64_MAX)) ok_ = false;
    return WallTime(std::chrono::microseconds(static_cast<std::int64_t>(microseconds)));
  }
  bool complete() const { return ok_ && taken_ == object_.size(); }

 private:
  const json* take(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end()) return nullptr;
    ++taken_;
    return &*found;
  }

  const json& object_;
  std::size_t taken_ = 0;
  bool ok_ = true;
};

}  // namespace

Result<std::string> encode_principal(const Principal& principal) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.text("issuer", principal.issuer).text("subject", principal.subject);
  write_list(json, "actors", principal.actors);
  write_list(json, "groups", principal.groups);
  write_text(json, "key_id", principal.key_id);
  write_text(json, "target", principal.bound_target);
  write_text(json, "role", principal.bound_role);
  const auto expires = principal.expires_at.time_since_epoch().count();
  json.number("expires_us", static_cast<std::uint64_t>(std::max<std::int64_t>(0, expires)));
  json.end_object();
  if (out.size() > kPrincipalBytes)
    return Error{ErrorCode::kUnsupported, "The identity has too many groups to be exchanged."};
  return out;
}

Result<Principal> decode_principal(std::string_view text) {
  const Error malformed{ErrorCode::kMalformed, "is not an identity that was written here"};
  json object;
  if (text.size() > kPrincipalBytes || !parse_strict_json(text, object) || !object.is_object())
    return malformed;
  Members members(object);
  Principal principal;
  principal.issuer = members.text("issuer");
  principal.subject = members.text("subject");
  principal.actors = members.list("actors");
  principal.groups = members.list("groups");
  principal.key_id = members.text("key_id");
  principal.bound_target = members.text("target");
  principal.bound_role = members.text("role");
  principal.expires_at = members.time("expires_us");
  if (!members.complete() || principal.issuer.empty() || principal.subject.empty())
    return malformed;
  return principal;
}

}  // namespace sallyport::identity
