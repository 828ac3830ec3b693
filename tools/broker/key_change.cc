// A change of `secrets.key`, at a reload or left over from an earlier run: the key is read beside
// the broker's work, and what it wraps is wrapped anew on an I/O thread.
#include <fmt/format.h>

#include <future>

#include "core/log/log.h"
#include "tools/broker/broker.h"
#include "tools/broker/limits.h"
#include "tools/broker/store.h"

namespace sallyport::broker {
namespace {

net::Awaitable<void> rotate(storage::SqliteStore& store) {
  log::info("the store's keys are wrapped anew with secrets.key");
  Result<storage::RotationReport> done = co_await store.rotate();
  if (!done) {
    log::error("the store's keys are not all wrapped anew; the next start goes on",
               {{"cause", done.error().detail}});
    co_return;
  }
  if (done->unreadable > 0)
    log::error("some keys of the store could not be opened, so that they were left as they were",
               {{"keys", fmt::format("{}", done->unreadable)}});
  log::info("the store's keys are wrapped anew; secrets.previous_key is no longer needed",
            {{"keys", fmt::format("{}", done->rewrapped)}});
}

// A program that prints the same key as ever is not asked at each reload.
bool worth_reading(const config::StoreKeys& before, const config::StoreKeys& after) {
  return !after.previous.empty() || before.key.name() != after.key.name() ||
         !after.key.name().starts_with("exec:");
}

}  // namespace

// Reading may take a program's time, so the broker's housekeeping goes on meanwhile.
Result<bool> Broker::change_key(const config::Config& next) {
  if (!worth_reading(loaded_.config->secrets, next.secrets)) return false;
  auto reading =
      std::async(std::launch::async, [&next] { return read_store_keys(next.path, next.secrets); });
  while (reading.wait_for(kHousekeeping) != std::future_status::ready) housekeeping();
  auto keys = reading.get();
  if (!keys) return keys.error();
  return store_->change_key(keys->key.view(), keys->previous.view());
}

void Broker::begin_rotation() { net::spawn(runtime_->executor(0), rotate(*store_)); }

void Broker::finish_earlier_rotation() {
  if (store_->rotation_pending()) {
    begin_rotation();
  } else if (!loaded_.config->secrets.previous.empty()) {
    log::warn("secrets.previous_key is no longer needed: take it out of the configuration");
  }
}

}  // namespace sallyport::broker
