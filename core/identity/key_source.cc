#include "core/identity/key_source.h"

#include "core/config/file.h"
#include "core/identity/dev_issuer.h"
#include "core/identity/limits.h"
#include "core/log/log.h"

namespace sallyport::identity {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::steady_clock;

}  // namespace

KeySource::KeySource(const config::Issuer& issuer, OnNews on_news)
    : issuer_(issuer), on_news_(std::move(on_news)), schedule_(issuer) {}

Result<std::shared_ptr<KeySource>> KeySource::make(const config::Issuer& issuer, OnNews on_news) {
  // Shared by the configuration in force and the next one while a reload replaces it.
  const std::shared_ptr<KeySource> source(new KeySource(issuer, std::move(on_news)));
  if (issuer.fetches_keys()) {
    source->thread_ = std::thread([raw = source.get()] { raw->run(); });
    return source;
  }
  if (issuer.type == config::IssuerType::kDevelopment) {
    Result<KeySet> keys = load_dev_keys(issuer);
    if (!keys) return keys.error();
    source->store(std::move(*keys));
  } else if (const Result<void> loaded = source->load_file(); !loaded) {
    return loaded.error();
  }
  return source;
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
  keys_ = std::make_shared<const KeySet>(std::move(keys));
}

Result<std::shared_ptr<const KeySet>> KeySource::keys() const {
  const std::lock_guard lock(mutex_);
  if (keys_ != nullptr && !lapsed_) return keys_;
  return Error{ErrorCode::kUnavailable, "the issuer's keys are not at hand: " + why_};
}

std::shared_ptr<const KeySet> KeySource::last_known() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

bool KeySource::failing() const {
  const std::lock_guard lock(mutex_);
  return schedule_.failing();
}

std::optional<net::OneShot<bool>> KeySource::want_newer() {
  if (!thread_.joinable()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (stop_ || waiting_.size() == kWaitingLogins) return std::nullopt;
  if (!fetching_) {
    const SteadyTime before = schedule_.due();
    wanted_ = schedule_.want(steady_clock::now());
    if (schedule_.due() != before) changed_.notify_all();
    if (!wanted_) return std::nullopt;
  }
  net::OneShot<bool> ended;
  waiting_.push_back(ended);
  return ended;
}

bool KeySource::wait_for_first_fetch(SteadyTime at) const {
  if (!thread_.joinable()) return true;
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, at, [&] { return fetched_once_ || stop_; });
}

bool KeySource::serves(const config::Issuer& issuer) const {
  return thread_.joinable() && issuer.type == issuer_.type && issuer.name == issuer_.name &&
         issuer.issuer == issuer_.issuer && issuer.jwks == issuer_.jwks &&
         issuer.ca == issuer_.ca && issuer.refresh_keys == issuer_.refresh_keys &&
         issuer.keep_keys == issuer_.keep_keys;
}

void KeySource::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    try {
      turn(lock);
    } catch (const std::bad_alloc&) {
      log::warn("an issuer's keys wait for their next fetch: out of memory");
      if (!lock.owns_lock()) lock.lock();
      // Whoever waits does so until the retry.
      fetching_ = false;
      schedule_.failed(steady_clock::now(), 0);
    }
  }
  release(lock);
}

void KeySource::turn(std::unique_lock<std::mutex>& lock) {
  const SteadyTime now = steady_clock::now();
  const std::optional<SteadyTime> end = lapsed_ ? std::nullopt : schedule_.lapse();
  if (end && now >= *end) {
    lapsed_ = true;
    tell(News::kLapsed, why_, lock);
  } else if (now < schedule_.due()) {
    changed_.wait_until(lock, end ? std::min(*end, schedule_.due()) : schedule_.due());
  } else {
    schedule_.started(now);
    refresh(lock);
    release(lock);
  }
}

void KeySource::refresh(std::unique_lock<std::mutex>& lock) {
  const auto deadline = wanted_ ? kWantedFetchDeadline : kFetchDeadline;
  wanted_ = false;
  fetching_ = true;
  lock.unlock();
  Result<Published> published = fetch_keys(issuer_, deadline, stop_);
  lock.lock();
  if (!stop_) take(std::move(published), lock);
}

// Whoever waits for the fetch goes on.
void KeySource::release(std::unique_lock<std::mutex>& lock) {
  fetching_ = false;
  fetched_once_ = true;
  std::vector<net::OneShot<bool>> waiting;
  waiting.swap(waiting_);
  lock.unlock();
  changed_.notify_all();
  for (const net::OneShot<bool>& one : waiting) one.set(true);
  lock.lock();
}

void KeySource::take(Result<Published> published, std::unique_lock<std::mutex>& lock) {
  const SteadyTime now = steady_clock::now();
  const bool before = schedule_.failing();
  if (!published) {
    schedule_.failed(now, std::uniform_real_distribution<double>(0, 1)(random_));
    why_ = published.error().detail;
    if (!before) tell(News::kOutage, why_, lock);
    return;
  }
  schedule_.succeeded(now, published->fresh_for);
  if (before) tell(News::kRecovered, {}, lock);
  if (keys_ != nullptr && !lapsed_ && keys_->same_keys(published->keys)) return;
  store(std::move(published->keys));
  lapsed_ = false;
  tell(News::kChanged, {}, lock);
}

// `why` is the caller's own: what it was made of may change without the lock.
void KeySource::tell(News news, std::string why, std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  if (on_news_) on_news_(news, why);
  lock.lock();
}

}  // namespace sallyport::identity
