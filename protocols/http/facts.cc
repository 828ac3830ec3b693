#include "protocols/http/facts.h"

#include "protocols/http/authority.h"
#include "protocols/http/characters.h"
#include "protocols/http/decoder.h"
#include "protocols/http/field_names.h"
#include "protocols/http/forwarding.h"

namespace sallyport::http {
namespace {

constexpr std::array<std::string_view, 3> kOverrideFields = {"X-HTTP-Method-Override",
                                                             "X-HTTP-Method", "X-Method-Override"};

// Method names are case-sensitive (RFC 9110 §9.1): "get" is another method, and unknown.
Action action_of(std::string_view method) {
  if (method == "GET" || method == "HEAD" || method == "OPTIONS") return Action::kRead;
  if (method == "POST" || method == "PUT" || method == "PATCH") return Action::kWrite;
  if (method == "DELETE") return Action::kDelete;
  return Action::kUnknown;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

// Frameworks that honour an override do so in any case, so the name is read in upper case here.
void add_override(Command& command, std::string_view method) {
  std::string name = upper(method);
  command.actions.add(action_of(name));
  command.attributes.push_back({"http.method_override", std::move(name)});
}

bool is_override(std::string_view name) {
  for (std::string_view field : kOverrideFields)
    if (same_name(name, field)) return true;
  return false;
}

// Secrets by their nature; what is a fact is recorded.
bool is_credential(std::string_view name) {
  return same_name(name, "Authorization") || same_name(name, "Proxy-Authorization") ||
         same_name(name, "Cookie");
}

// A field that is not forwarded is no fact, or an allow rule could rest on one that the target
// never gets.
bool is_forwarded(std::string_view name, const std::vector<std::string_view>& listed) {
  for (std::string_view other : listed)
    if (same_name(name, other)) return false;
  return !is_hop_by_hop(name) && !is_proxy_claim(name);
}

void add_fields(Command& command, const Fields& fields) {
  const std::vector<std::string_view> listed = listed_in_connection(fields);
  for (const Field& field : fields.list()) {
    if (is_credential(field.name) || !is_forwarded(field.name, listed)) continue;
    if (is_override(field.name)) add_override(command, field.value);
    command.attributes.push_back({"http.header." + lower(field.name), field.value});
  }
  // Also without `Connection: upgrade`, which a lenient target might not ask for.
  if (!fields.find("Upgrade")) return;
  command.actions.add(Action::kForward);
  for (std::string_view protocol : list_members(fields, "Upgrade"))
    command.attributes.push_back({"http.upgrade", lower(protocol)});
}

}  // namespace

std::string host_of(const RequestHead& head, const RequestTarget& target) {
  const std::string* field = head.fields.find("Host");
  const std::string_view text = !target.authority.empty() ? target.authority
                                : field                   ? std::string_view(*field)
                                                          : std::string_view();
  std::optional<Authority> authority = parse_authority(text);
  return authority ? std::move(authority->host) : std::string();
}

bool hosts_agree(const RequestHead& head, const RequestTarget& target) {
  if (target.authority.empty()) return true;
  const std::string* host = head.fields.find("Host");
  return host && same_authority(*host, target.authority, target.scheme);
}

Command command_for(const RequestHead& head, const RequestTarget& target, std::string_view path) {
  Command command;
  command.actions.add(action_of(head.method));
  command.objects.push_back({"path", std::string(path)});
  command.text.reserve(head.method.size() + path.size() + target.query.size() + 2);
  command.text.append(head.method).append(" ").append(path);
  if (target.has_query) command.text.append("?").append(target.query);

  command.attributes.reserve(head.fields.list().size() + 8);
  command.attributes.push_back({"http.method", head.method});
  command.attributes.push_back({"http.path", std::string(path)});
  // Most servers decode what RFC 3986 keeps apart, so "/x%3Adelete" is also judged as "/x:delete".
  if (std::string decoded = decode_escapes(path); decoded != path)
    command.attributes.push_back({"http.path", std::move(decoded)});
  std::string host = host_of(head, target);
  if (!host.empty()) command.attributes.push_back({"http.host", std::move(host)});
  for (auto& [name, value] : query_pairs(target.query)) {
    if (name == "_method") add_override(command, value);
    command.attributes.push_back({"http.query." + name, std::move(value)});
  }
  add_fields(command, head.fields);
  for (const std::string& kind : target.ambiguous)
    command.attributes.push_back({"http.ambiguous", kind});
  return command;
}

RawCommands commands_from_raw(std::string_view requests) {
  RawCommands out;
  auto fail = [&out](std::string why) {
    out.parse_error = std::move(why);
    out.commands.clear();
    return out;
  };
  do {
    HeadDecoder decoder;
    Step<RequestHead> step = decoder.request(requests);
    if (step.error) return fail(step.error->detail);
    if (!step.done) return fail("the request's head is not complete");
    const RequestHead& head = step.done->message;
    requests.remove_prefix(step.done->used);
    TargetResult parsed = parse_target(head.target, head.method);
    if (parsed.error) return fail(parsed.error->detail);
    if (!hosts_agree(head, *parsed.target)) return fail("the request target and Host disagree");
    out.commands.push_back(command_for(head, *parsed.target, parsed.target->path));

    BodyDecoder body(head.framing, head.content_length);
    while (!body.done()) {
      const BodyDecoder::Piece piece = body.decode(requests);
      if (piece.error) return fail(piece.error->detail);
      if (piece.used == 0 && !piece.end) return fail("the request's content is not complete");
      requests.remove_prefix(piece.used);
    }
  } while (!requests.empty());
  return out;
}

}  // namespace sallyport::http
