#include "tools/admin/secrets_api.h"

#include <fmt/format.h>

#include "core/json_writer.h"

namespace sallyport::admin {
namespace {

using In = Parameter::In;
using Kind = Parameter::Kind;

// One line of the inventory: a sealed secret, or a reference of the configuration to something
// else.
struct Item {
  std::string reference;
  std::string kind;
  std::optional<storage::SecretRow> sealed;
  std::vector<std::string> targets;
};

struct Inventory {
  std::map<std::string, Item> items;  // by reference
  std::map<std::string, WallTime> uses;
};

Result<Inventory> read_inventory(storage::StoreReader& reader, const config::Config& config) {
  auto rows = reader.secrets();
  if (!rows) return rows.error();
  auto uses = reader.credential_uses();
  if (!uses) return uses.error();
  Inventory out;
  out.uses = std::move(*uses);
  for (storage::SecretRow& row : *rows) {
    const std::string reference = "secret:" + row.name;
    out.items[reference] = {reference, row.kind, row, {}};
  }
  const auto add = [&](const config::SecretReference& reference, const std::string& kind,
                       const std::string& target) {
    Item& item = out.items[reference.name()];
    item.reference = reference.name();
    if (item.kind.empty()) item.kind = kind;
    if (!target.empty()) item.targets.push_back(target);
  };
  for (const auto& target : config.targets)
    if (target->credential)
      add(target->credential->reference, target->credential->kind, target->name);
  add(config.secrets.key, "store_key", {});
  if (!config.secrets.previous.empty()) add(config.secrets.previous, "store_key", {});
  return out;
}

void time_or_null(JsonWriter& json, std::string_view key, const std::optional<WallTime>& time) {
  if (time) {
    json.text(key, iso8601(*time));
  } else {
    json.null(key);
  }
}

void write_item(JsonWriter& json, const Item& item, const Inventory& inventory, WallTime now) {
  const auto& sealed = item.sealed;
  const bool missing = !sealed && item.reference.starts_with("secret:");
  std::optional<WallTime> rotated;
  if (sealed && sealed->rotated != sealed->created) rotated = sealed->rotated;
  std::optional<WallTime> used;
  if (auto found = inventory.uses.find(item.reference); found != inventory.uses.end())
    used = found->second;
  json.begin_object().text("reference", item.reference).text("kind", item.kind);
  json.text("state", sealed ? "sealed" : missing ? "missing" : "outside");
  if (sealed) {
    json.number("version", sealed->version);
  } else {
    json.null("version");
  }
  time_or_null(json, "created_at", sealed ? std::optional(sealed->created) : std::nullopt);
  time_or_null(json, "rotated_at", rotated);
  if (sealed) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - sealed->rotated);
    json.text("changed_by", sealed->by);
    json.number("age_seconds", static_cast<std::uint64_t>(std::max<std::int64_t>(0, age.count())));
  } else {
    json.null("changed_by").null("age_seconds");
  }
  time_or_null(json, "last_used_at", used);
  json.begin_array("targets");
  for (const std::string& target : item.targets) json.text({}, target);
  json.end_array().end_object();
}

Result<std::string> listing(storage::StoreReader& reader, const config::Config& config,
                            WallTime now) {
  auto inventory = read_inventory(reader, config);
  if (!inventory) return inventory.error();
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const auto& [reference, item] : inventory->items) write_item(json, item, *inventory, now);
  json.end_array();
  return out;
}

ApiReply refusal(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound:
      return not_found(error.detail);
    case ErrorCode::kLimit:
      return problem(413, "Content Too Large", error.detail);
    case ErrorCode::kInvalid:
      return bad_request(error.detail);
    default:
      return problem(503, "Not Recorded",
                     "the audit store takes no records now, so nothing was changed");
  }
}

// What the handlers share; alive as long as one of them.
class Secrets {
 public:
  explicit Secrets(SecretParts parts) : parts_(std::move(parts)) {}

  static net::Awaitable<ApiReply> list(std::shared_ptr<Secrets> self) {
    StoreRead read = [config = self->parts_.config(), now = self->parts_.clock.wall()](
                         storage::StoreReader& reader) { return listing(reader, *config, now); };
    co_return co_await read_store(self->parts_.store, std::move(read));
  }

  static net::Awaitable<ApiReply> set(std::shared_ptr<Secrets> self, const Call& call) {
    const std::string name = call.values.text("name");
    if (config::is_reserved_secret(name))
      co_return bad_request("names that begin with \"sallyport.\" are the broker's own keys");
    // A new version is of the same kind unless said otherwise.
    std::string kind = call.values.text("kind");
    if (kind.empty()) kind = self->parts_.vault.kind_of(name).value_or("other");
    config::SecretBytes value{std::string(call.bytes)};
    const std::string by = call.caller.subject;
    auto version = co_await self->parts_.vault.put(name, kind, std::move(value), by);
    if (!version) co_return refusal(version.error());
    ApiReply reply;
    JsonWriter(reply.body)
        .begin_object()
        .text("name", name)
        .number("version", *version)
        .text("kind", kind)
        .end_object();
    co_return reply;
  }

  static net::Awaitable<ApiReply> remove(std::shared_ptr<Secrets> self, const Call& call) {
    const std::string name = call.values.text("name");
    if (config::is_reserved_secret(name))
      co_return bad_request("names that begin with \"sallyport.\" are the broker's own keys");
    const std::string user = self->user_of(name);
    if (!user.empty() && !call.values.flag("force"))
      co_return problem(
          409, "Conflict",
          fmt::format("target {} uses it; it is removed all the same by force", user));
    const std::string by = call.caller.subject;
    auto removed = co_await self->parts_.vault.remove(name, by);
    if (!removed) co_return refusal(removed.error());
    ApiReply reply;
    JsonWriter(reply.body).begin_object().text("name", name).boolean("removed", true).end_object();
    co_return reply;
  }

 private:
  // A target of the configuration in force that is shown this secret, or empty.
  std::string user_of(const std::string& name) const {
    for (const auto& target : parts_.config()->targets) {
      const auto& credential = target->credential;
      if (credential && credential->reference.sealed() &&
          credential->reference.sealed_name() == name)
        return target->name;
    }
    return {};
  }

  const SecretParts parts_;
};

}  // namespace

std::vector<Route> secret_routes(std::optional<SecretParts> parts) {
  Route listing{"GET", "/v1/secrets", "listSecrets", Privilege::kReadSecrets};
  Route setting{"PUT", "/v1/secrets/{name}", "setSecret", Privilege::kChangeSecrets};
  setting.parameters = {{"kind", In::kQuery}};
  setting.takes_bytes = true;
  Route removing{"DELETE", "/v1/secrets/{name}", "removeSecret", Privilege::kChangeSecrets};
  removing.parameters = {{"force", In::kQuery, Kind::kBoolean}};
  if (parts) {
    auto secrets = std::make_shared<Secrets>(*std::move(parts));
    listing.handler = [secrets](const Call&) { return Secrets::list(secrets); };
    setting.handler = [secrets](const Call& call) { return Secrets::set(secrets, call); };
    removing.handler = [secrets](const Call& call) { return Secrets::remove(secrets, call); };
  }
  return {listing, setting, removing};
}

}  // namespace sallyport::admin
