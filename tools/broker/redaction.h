// `audit.redact` as maskings: of what the store keeps, and of the operational log.
#pragma once

#include <memory>

#include "core/config/config.h"
#include "core/masking.h"

namespace sallyport::broker {

// Problems of the names and patterns, and a warning when nothing is to be redacted.
void check_redaction(const config::Config& config, config::Problems& problems,
                     config::Problems* warnings);

// Of a configuration that was checked. `key` is the store's, of the style hash.
struct Redactors {
  std::shared_ptr<const Masking> record;  // null: nothing is redacted
  // Without IPv4 addresses, which say where things are and who calls.
  std::shared_ptr<const Masking> log;
};
Result<Redactors> make_redactors(const config::Config& config, std::string_view key);

}  // namespace sallyport::broker
