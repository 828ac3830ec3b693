#include "core/identity/login_guard.h"

namespace sallyport::identity {
namespace {

// No part holds a NUL: addresses do not, and claims lose their control bytes.
std::string key_of(const Claimant& who) {
  if (who.subject.empty()) return who.address;
  std::string key = who.address;
  key.append(1, '\0').append(who.issuer).append(1, '\0').append(who.subject);
  return key;
}

std::chrono::milliseconds delay_after(std::uint32_t refusals, std::uint32_t free) {
  if (refusals <= free) return std::chrono::milliseconds(0);
  const std::uint32_t doublings = std::min(refusals - free - 1, 16u);
  return std::min(kLongestRefusalDelay, kFirstRefusalDelay * (1u << doublings));
}

}  // namespace

LoginGuard::Count& LoginGuard::count(const std::string& key, MonoTime now) {
  auto found = counts_.find(key);
  if (found == counts_.end()) {
    if (counts_.size() >= most_) forget(std::string(ages_.front()));
    ages_.push_back(key);
    found = counts_.emplace(key, Count{now, 0, 0, std::prev(ages_.end())}).first;
    counted_ = counts_.size();
  } else {
    ages_.splice(ages_.end(), ages_, found->second.age);
  }
  Count& count = found->second;
  if (now - count.since >= limits_.window) {
    count.since = now;
    count.refusals = 0;
    count.failures = 0;
  }
  return count;
}

void LoginGuard::forget(const std::string& key) {
  const auto found = counts_.find(key);
  if (found == counts_.end()) return;
  ages_.erase(found->second.age);
  counts_.erase(found);
  counted_ = counts_.size();
}

void LoginGuard::note(const Claimant& who, const Threshold& threshold, bool counts, MonoTime now,
                      Refused& out) {
  const std::string key = key_of(who);
  Count& count = this->count(key, now);
  ++count.refusals;
  if (counts) ++count.failures;
  out.delay = std::max(out.delay, delay_after(count.refusals, threshold.free));
  if (threshold.most == 0 || count.failures < threshold.most || locks_.size() >= most_) return;
  LoginLock lock{who, count.failures, now + limits_.lock};
  locks_.insert_or_assign(key, lock);
  locked_ = locks_.size();
  out.locked.push_back(std::move(lock));
  forget(key);
}

LoginGuard::Refused LoginGuard::refused(const Claimant& who, bool counts, MonoTime now) {
  Refused out;
  const std::lock_guard lock(mutex_);
  if (!who.subject.empty()) {
    note(who, {limits_.failures, kFreeRefusals}, counts, now, out);
  }
  note({who.address, {}, {}}, {limits_.failures_per_address, kFreeRefusalsOfAddress}, counts, now,
       out);
  return out;
}

void LoginGuard::accepted(const Claimant& who) {
  if (counted_ == 0 || who.subject.empty()) return;
  const std::lock_guard lock(mutex_);
  forget(key_of(who));
}

bool LoginGuard::is_locked(const std::string& key, MonoTime now) const {
  const auto found = locks_.find(key);
  return found != locks_.end() && now < found->second.until;
}

bool LoginGuard::address_locked(const std::string& address, MonoTime now) const {
  if (!anybody_locked()) return false;
  const std::lock_guard lock(mutex_);
  return is_locked(address, now);
}

bool LoginGuard::locked(const Claimant& who, MonoTime now) const {
  if (!anybody_locked()) return false;
  const std::lock_guard lock(mutex_);
  return is_locked(key_of(who), now) || is_locked(who.address, now);
}

template <class Matches>
std::vector<LoginLock> LoginGuard::take_locks(Matches matches) {
  std::vector<LoginLock> taken;
  if (!anybody_locked()) return taken;
  const std::lock_guard lock(mutex_);
  for (auto it = locks_.begin(); it != locks_.end();) {
    if (matches(it->second)) {
      taken.push_back(it->second);
      it = locks_.erase(it);
    } else {
      ++it;
    }
  }
  locked_ = locks_.size();
  return taken;
}

std::vector<LoginLock> LoginGuard::unlock_subject(const std::string& subject) {
  return take_locks(
      [&](const LoginLock& lock) { return !subject.empty() && lock.who.subject == subject; });
}

std::vector<LoginLock> LoginGuard::unlock_address(const std::string& address) {
  return take_locks([&](const LoginLock& lock) { return lock.who.address == address; });
}

std::vector<LoginLock> LoginGuard::expire(MonoTime now) {
  return take_locks([&](const LoginLock& lock) { return now >= lock.until; });
}

std::vector<LoginLock> LoginGuard::locks() const {
  std::vector<LoginLock> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, one] : locks_) out.push_back(one);
  return out;
}

void LoginGuard::set_limits(const LoginLimits& limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
}

}  // namespace sallyport::identity
