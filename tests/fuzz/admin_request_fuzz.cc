// Requests of the admin interface: method, request target and content type in the first line, the
// body behind it. What is read has the values that its route names, each within its limit.
#include <cstdint>
#include <cstdlib>

#include "tools/admin/limits.h"
#include "tools/admin/router.h"

using namespace sallyport::admin;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string take(std::string_view& text, char end) {
  std::size_t size = std::min(text.find(end), text.size());
  std::string out(text.substr(0, size));
  text.remove_prefix(std::min(size + 1, text.size()));
  return out;
}

std::vector<Route> table() {
  using In = Parameter::In;
  using Kind = Parameter::Kind;
  Route list{"GET", "/v1/secrets", "listSecrets", AnyPerson{}};
  list.parameters = {
      {"inactive"}, {"limit", In::kQuery, Kind::kNumber}, {"all", In::kQuery, Kind::kBoolean}};
  Route set{"PUT", "/v1/secrets/{name}", "setSecret", AnyPerson{}};
  set.parameters = {{"kind"}};
  set.takes_bytes = true;
  Route kill{"POST", "/v1/sessions/{id}/kill", "killSession", AnyPerson{}};
  kill.parameters = {{"reason", In::kBody, Kind::kText, true},
                     {"uses", In::kBody, Kind::kNumber},
                     {"force", In::kBody, Kind::kBoolean}};
  return {list, set, kill};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Router router(table());
  std::string_view text(reinterpret_cast<const char*>(data), size);
  ApiRequest request;
  request.method = take(text, ' ');
  const std::string target = take(text, ' ');
  request.content_type = take(text, '\n');
  request.body = text;
  if (read_target(target, request)) return 0;
  Found found = router.find(request.method, request.path);
  require(found.route == nullptr || !found.allow.empty());
  if (found.route == nullptr) return 0;
  auto values = read_values(*found.route, request, found.captures);
  if (!values) {
    require(!values.error().detail.empty());
    return 0;
  }
  for (const Parameter& one : found.route->parameters) {
    require(values->text(one.name).size() <= kParameterBytes);
    require(!one.required || values->has(one.name));
    if (one.kind == Parameter::Kind::kNumber && values->has(one.name))
      require(values->number(one.name).has_value());
  }
  return 0;
}
