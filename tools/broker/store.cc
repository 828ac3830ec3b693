#include "tools/broker/store.h"

#include <fmt/format.h>

namespace sallyport::broker {

Result<StoreKeyBytes> read_store_keys(const std::string& config_path,
                                      const config::StoreKeys& keys) {
  StoreKeyBytes out;
  auto key = keys.key.resolve();
  if (!key) return Error{key.error().code, config_path + ": secrets.key: " + key.error().detail};
  out.key = std::move(*key);
  if (keys.previous.empty()) return out;
  auto previous = keys.previous.resolve();
  if (!previous)
    return Error{previous.error().code,
                 config_path + ": secrets.previous_key: " + previous.error().detail};
  out.previous = std::move(*previous);
  return out;
}

Result<std::unique_ptr<storage::SqliteStore>> open_store(
    const config::Config& config, std::vector<std::pair<std::string, std::string>> start_fields,
    const Clock& clock) {
  auto keys = read_store_keys(config.path, config.secrets);
  if (!keys) return keys.error();
  storage::StoreSettings settings;
  settings.path = config.store;
  settings.key = keys->key.view();
  settings.previous_key = keys->previous.view();
  settings.session_payload_limit = config.audit.session_payload_limit;
  settings.on_payload_limit = config.audit.on_payload_limit == config::OnPayloadLimit::kTruncate
                                  ? storage::OnPayloadLimit::kTruncate
                                  : storage::OnPayloadLimit::kEndSession;
  settings.start_fields = std::move(start_fields);
  auto store = storage::SqliteStore::open(settings, clock);
  if (!store)
    return Error{store.error().code,
                 fmt::format("store {}: {}", config.store, store.error().detail)};
  return store;
}

}  // namespace sallyport::broker
