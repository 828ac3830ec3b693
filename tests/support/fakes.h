// Small honest stand-ins at the core's ports: a clock that is set by hand and policies that are
// functions.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/policy.h"
#include "core/secret_vault.h"

namespace sallyport::test {

class FakeClock final : public Clock {
 public:
  WallTime wall() const override {
    std::lock_guard lock(mutex_);
    return wall_;
  }
  MonoTime mono() const override {
    std::lock_guard lock(mutex_);
    return mono_;
  }
  // Both clocks move, as time does.
  void advance(std::chrono::microseconds by) {
    std::lock_guard lock(mutex_);
    wall_ += by;
    mono_ += by;
  }
  void set_wall(WallTime to) {
    std::lock_guard lock(mutex_);
    wall_ = to;
  }

 private:
  mutable std::mutex mutex_;
  WallTime wall_{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
  MonoTime mono_{std::chrono::hours(1)};
};

// Secrets that a test sets by name.
class FakeVault final : public SecretVault {
 public:
  void set(const std::string& name, const std::string& value) {
    std::lock_guard lock(mutex_);
    values_[name].push_back(value);
  }
  void remove(const std::string& name) {
    std::lock_guard lock(mutex_);
    values_.erase(name);
  }
  Result<OpenedSecret> open(std::string_view name) const override {
    std::lock_guard lock(mutex_);
    auto found = values_.find(name);
    if (found == values_.end()) return Error{ErrorCode::kNotFound, "no secret of this name is set"};
    OpenedSecret out;
    out.value = config::SecretBytes(found->second.back());
    out.version = static_cast<std::uint32_t>(found->second.size());
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

using DecideFunction = std::function<Decision(const Command&)>;

class FunctionPolicy final : public Policy,
                             public SessionPolicy,
                             public std::enable_shared_from_this<FunctionPolicy> {
 public:
  FunctionPolicy(std::string id, DecideFunction decide)
      : id_(std::move(id)), decide_(std::move(decide)) {}
  const std::string& id() const override { return id_; }
  const std::string& policy_id() const override { return id_; }
  const std::vector<std::string>& roles() const override { return roles_; }
  std::vector<Grant> grants(const Principal& principal, std::string_view) const override {
    return {{"tester", "subject " + principal.subject}};
  }
  // A principal in the group "strangers" has no role.
  std::shared_ptr<const SessionPolicy> bind(const Principal& principal, std::string_view,
                                            std::string_view) const override {
    for (const std::string& g : principal.groups)
      if (g == "strangers") return nullptr;
    return shared_from_this();
  }
  Decision decide(const Command& command, WallTime) const override {
    Decision d = decide_(command);
    d.policy_id = id_;
    return d;
  }
  const Masks& masks() const override { return masks_; }
  void set_masks(Masks masks) { masks_ = std::move(masks); }
  std::optional<RecordPayloads> record_payloads() const override { return {}; }

 private:
  std::string id_;
  std::vector<std::string> roles_{"tester"};
  Masks masks_;
  DecideFunction decide_;
};

inline Decision allow_all(const Command&) { return {Verdict::kAllow, "all", "", "", {}}; }
inline Decision deny_all(const Command&) {
  return {Verdict::kDeny, "none", "Nothing is allowed.", "", {}};
}

class FakePolicySource final : public PolicySource {
 public:
  explicit FakePolicySource(DecideFunction decide, Masks masks = {}) {
    replace("policy-1", std::move(decide), std::move(masks));
  }
  std::shared_ptr<const Policy> current() const override {
    std::lock_guard lock(mutex_);
    return policy_;
  }
  void replace(std::string id, DecideFunction decide, Masks masks = {}) {
    auto made = std::make_shared<FunctionPolicy>(std::move(id), std::move(decide));
    made->set_masks(std::move(masks));
    std::lock_guard lock(mutex_);
    policy_ = made;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Policy> policy_;
};

}  // namespace sallyport::test
