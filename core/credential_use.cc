#include "core/credential_use.h"

#include <algorithm>

#include "core/insist.h"
#include "core/limits.h"
#include "core/session.h"

namespace sallyport {

// Ends a telling also when the coroutine is given up half-way.
class CredentialUse::Settle {
 public:
  Settle(CredentialUse& use, std::shared_ptr<Telling> telling)
      : use_(use), telling_(std::move(telling)) {}
  Settle(const Settle&) = delete;
  Settle& operator=(const Settle&) = delete;
  ~Settle() {
    std::vector<Told> waiting;
    {
      std::lock_guard lock(use_.mutex_);
      waiting.swap(telling_->waiting);
      telling_->result = result;
    }
    for (const Told& told : waiting) insist([&] { told.set(result); });
  }
  Result<void> result = Error{ErrorCode::kNotRecorded, {}};

 private:
  CredentialUse& use_;
  const std::shared_ptr<Telling> telling_;
};

std::shared_ptr<CredentialUse::Telling> CredentialUse::find(const CredentialId& id,
                                                            std::optional<Told>& wait_for) {
  std::lock_guard lock(mutex_);
  if (last_ && last_->id == id && (!last_->result || last_->result->ok())) {
    if (!last_->result) wait_for = last_->waiting.emplace_back();
    return nullptr;
  }
  last_ = std::make_shared<Telling>(id);
  return last_;
}

void CredentialUse::add_guard(const std::shared_ptr<const Masking>& guard) {
  std::lock_guard lock(mutex_);
  if (guard == nullptr || std::ranges::find(guards_, guard) != guards_.end()) return;
  guards_.push_back(guard);
  if (guards_.size() > kGuardsKept) guards_.pop_front();
  guard_ = nullptr;
  for (const auto& one : guards_) guard_ = in_turn(guard_, one);
}

std::shared_ptr<const Masking> CredentialUse::guard() const {
  std::lock_guard lock(mutex_);
  return guard_;
}

net::Awaitable<Result<void>> CredentialUse::tell(Recorder& recorder, const Session& session,
                                                 CredentialId id,
                                                 std::shared_ptr<const Masking> guard) {
  add_guard(guard);
  if (guard) session.recording().guard(this->guard());
  std::optional<Told> wait_for;
  std::shared_ptr<Telling> telling = find(id, wait_for);
  if (!telling) {
    if (!wait_for) co_return Result<void>();
    co_return co_await wait_for->wait();
  }
  Settle settle(*this, telling);
  Event event{"cred.injected",
              {{"session", session.id().to_string()},
               {"target", session.target().name},
               {"reference", id.reference}}};
  if (id.version != 0) event.fields.emplace_back("version", std::to_string(id.version));
  Pending recorded = recorder.event(event);
  Result<EventNumber> number = co_await recorded.wait();
  settle.result = number ? Result<void>() : Result<void>(number.error());
  co_return settle.result;
}

}  // namespace sallyport
