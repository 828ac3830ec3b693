// Opens the audit store that a configuration names, to write to it: for the broker, and for a
// command that works on the store while no broker runs. Blocking.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/config/config.h"
#include "storage/store.h"

namespace sallyport::broker {

// The bytes behind `secrets.key` and `secrets.previous_key`; empty where there is none. The error
// names the key that cannot be had.
struct StoreKeyBytes {
  config::SecretBytes key;
  config::SecretBytes previous;
};
Result<StoreKeyBytes> read_store_keys(const std::string& config_path,
                                      const config::StoreKeys& keys);

// `start_fields` are the facts of the `broker.start` event; `clock` outlives the store. The error
// names the store or the key, and what to do.
Result<std::unique_ptr<storage::SqliteStore>> open_store(
    const config::Config& config, std::vector<std::pair<std::string, std::string>> start_fields,
    const Clock& clock);

}  // namespace sallyport::broker
