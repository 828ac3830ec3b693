#include "tools/admin/people_api.h"

#include "core/json_writer.h"

namespace sallyport::admin {
namespace {

ApiReply whoami(const Call& call) {
  ApiReply reply;
  JsonWriter json(reply.body);
  json.begin_object().text("subject", call.caller.subject).text("via", call.caller.via);
  json.begin_array("groups");
  for (const std::string& group : call.caller.groups) json.text({}, group);
  json.end_array().begin_array("privileges");
  for (Privilege privilege : call.caller.privileges) json.text({}, config::to_string(privilege));
  json.end_array().end_object();
  return reply;
}

}  // namespace

std::vector<Route> people_routes() {
  Route asking{"GET", "/v1/whoami", "whoAmI", AnyPerson{}};
  asking.handler = [](const Call& call) { return ready(whoami(call)); };
  return {asking};
}

}  // namespace sallyport::admin
