#include "tools/broker/store.h"

#include <fmt/format.h>

namespace sallyport::broker {

Result<std::unique_ptr<storage::SqliteStore>> open_store(
    const config::Config& config, std::vector<std::pair<std::string, std::string>> start_fields,
    const Clock& clock) {
  auto key = config.secrets_key.resolve();
  if (!key) return Error{key.error().code, config.path + ": secrets.key: " + key.error().detail};
  storage::StoreSettings settings;
  settings.path = config.store;
  settings.key = key->view();
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
