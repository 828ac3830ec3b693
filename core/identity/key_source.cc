#include "core/identity/key_source.h"

#include "core/config/file.h"
#include "core/identity/dev_issuer.h"
#include "core/identity/fetch.h"
#include "core/identity/limits.h"
#include "core/log/log.h"

namespace sallyport::identity {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

bool is_url(const std::string& jwks) {
  return jwks.starts_with("https://") || jwks.starts_with("http://");
}

}  // namespace

KeySource::KeySource(const config::Issuer& issuer, OnChange on_change)
    : issuer_(issuer), on_change_(std::move(on_change)) {}

Result<std::shared_ptr<KeySource>> KeySource::make(const config::Issuer& issuer,
                                                   OnChange on_change) {
  // Shared by the configuration in force and the next one while a reload replaces it.
  const std::shared_ptr<KeySource> source(new KeySource(issuer, std::move(on_change)));
  switch (issuer.type) {
    case config::IssuerType::kDevelopment: {
      Result<KeySet> keys = load_dev_keys(issuer);
      if (!keys) return keys.error();
      source->store(std::move(*keys));
      return source;
    }
    case config::IssuerType::kOidc:
      if (!is_url(issuer.jwks)) {
        if (const Result<void> loaded = source->load_file(); !loaded) return loaded.error();
        return source;
      }
      source->thread_ = std::thread([raw = source.get()] { raw->run(); });
      return source;
  }
  broken_invariant("an issuer of no type");
}

KeySource::~KeySource() { shut_down(); }

void KeySource::shut_down() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<void> KeySource::load_file() {
  const auto complain = [&](const Error& error) {
    return Error{error.code, "issuer " + issuer_.name + ": " + issuer_.jwks + " " + error.detail};
  };
  const Result<std::string> text = config::read_file(issuer_.jwks, kKeySetBytes);
  if (!text) return complain(text.error());
  Result<KeySet> keys = KeySet::parse(*text);
  if (!keys) return complain(keys.error());
  store(std::move(*keys));
  return {};
}

void KeySource::store(KeySet keys) {
  for (const std::string& skipped : keys.skipped()) {
    log::warn("a key is left out", {{"issuer", issuer_.name}, {"why", skipped}});
  }
  const std::lock_guard lock(mutex_);
  keys_ = std::make_shared<const KeySet>(std::move(keys));
}

std::shared_ptr<const KeySet> KeySource::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

void KeySource::want_newer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    if (wanted_) return;
    wanted_ = true;
  }
  changed_.notify_all();
}

bool KeySource::wait_for_first_fetch(SteadyTime at) const {
  if (!thread_.joinable()) return true;
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, at, [&] { return fetched_once_ || stop_; });
}

bool KeySource::serves(const config::Issuer& issuer) const {
  return thread_.joinable() && issuer.type == issuer_.type && issuer.jwks == issuer_.jwks &&
         issuer.jwks_ca == issuer_.jwks_ca;
}

SteadyTime KeySource::next_fetch() const {
  if (!fetched_once_) return {};
  // Until there are keys nobody of this issuer gets in: ask at the shorter interval.
  const SteadyTime regular =
      keys_ == nullptr ? last_fetch_ + kUnknownKeyInterval : last_fetch_ + kRefreshInterval;
  if (!wanted_) return regular;
  const bool before = last_wanted_fetch_ != SteadyTime{};
  return before ? std::min(regular, last_wanted_fetch_ + kUnknownKeyInterval) : SteadyTime{};
}

void KeySource::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const SteadyTime due = next_fetch();
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now < due) {
      changed_.wait_until(lock, due);
      continue;
    }
    if (wanted_) last_wanted_fetch_ = now;
    wanted_ = false;
    lock.unlock();
    try {
      refresh();
    } catch (...) {
      // Out of memory: the keys stay as they are until the next fetch.
      log::warn("a key set cannot be fetched: out of memory");
    }
    lock.lock();
    last_fetch_ = std::chrono::steady_clock::now();
    fetched_once_ = true;
    changed_.notify_all();
  }
}

void KeySource::refresh() {
  const Result<std::string> body =
      fetch({issuer_.jwks, issuer_.jwks_ca, kKeySetBytes, kFetchDeadline}, stop_);
  if (stop_) return;
  if (!body) {
    log::warn("a key set cannot be fetched",
              {{"issuer", issuer_.name}, {"url", issuer_.jwks}, {"why", body.error().detail}});
    return;
  }
  Result<KeySet> keys = KeySet::parse(*body);
  if (!keys) {
    log::warn("a key set cannot be used",
              {{"issuer", issuer_.name}, {"url", issuer_.jwks}, {"why", keys.error().detail}});
    return;
  }
  store(std::move(*keys));
  on_change_();
}

}  // namespace sallyport::identity
