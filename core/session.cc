#include "core/session.h"

#include <algorithm>
#include <utility>

#include "core/insist.h"
#include "core/net/runtime.h"

namespace sallyport {

struct Session::Attachment::Entry {
  net::Executor executor;
  std::function<void()> close;  // touched on the executor's thread only, after attach()
  std::list<std::shared_ptr<Entry>>::iterator at{};
  bool listed = false;
  bool resting = false;
};

Session::Session(SessionId id, Principal principal, std::shared_ptr<const Target> target,
                 std::string client_address, std::shared_ptr<const SessionPolicy> policy,
                 std::shared_ptr<SessionRecording> recording, WallTime opened_at)
    : id_(id),
      principal_(std::move(principal)),
      target_(std::move(target)),
      client_address_(std::move(client_address)),
      opened_at_(opened_at),
      recording_(std::move(recording)),
      policy_(std::move(policy)),
      bound_policy_id_(policy_->policy_id()),
      roles_(policy_->roles()) {}

std::shared_ptr<const SessionPolicy> Session::policy(const Policy& current) {
  std::lock_guard lock(mutex_);
  if (current.id() != bound_policy_id_) {
    policy_ = current.bind(principal_, target_->name, target_->protocol);
    bound_policy_id_ = current.id();
    roles_ = policy_ ? policy_->roles() : std::vector<std::string>{};
  }
  return policy_;
}

std::shared_ptr<const SessionPolicy> Session::last_policy() const {
  std::lock_guard lock(mutex_);
  return policy_;
}

std::vector<std::string> Session::roles() const {
  std::lock_guard lock(mutex_);
  return roles_;
}

void Session::count_bytes(std::uint64_t in, std::uint64_t out) {
  bytes_in_ += in;
  bytes_out_ += out;
}

std::string Session::end_reason() const {
  std::lock_guard lock(mutex_);
  return end_reason_;
}

std::size_t Session::attachments() const {
  std::lock_guard lock(mutex_);
  return attached_.size();
}

std::size_t Session::working() const {
  std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(attached_.begin(), attached_.end(),
                                                [](const auto& one) { return !one->resting; }));
}

void Session::Attachment::rest(bool resting) {
  if (!entry_) return;
  std::lock_guard lock(session_->mutex_);
  entry_->resting = resting;
}

bool Session::end(const std::string& reason) {
  std::lock_guard lock(mutex_);
  if (ended_) return false;
  end_reason_ = reason;
  ended_ = true;
  for (const auto& entry : attached_)
    insist([&entry] {
      net::post(entry->executor, [entry] {
        if (entry->close) entry->close();
      });
    });
  return true;
}

Session::Attachment Session::attach(const std::shared_ptr<Session>& session, net::Executor executor,
                                    std::function<void()> close) {
  Attachment attachment;
  attachment.session_ = session;
  attachment.entry_ =
      std::make_shared<Attachment::Entry>(Attachment::Entry{std::move(executor), std::move(close)});
  auto& entry = attachment.entry_;
  std::lock_guard lock(session->mutex_);
  entry->at = session->attached_.insert(session->attached_.end(), entry);
  entry->listed = true;
  if (session->ended_)
    net::post(entry->executor, [entry = entry] {
      if (entry->close) entry->close();
    });
  return attachment;
}

Session::Attachment::Attachment(Attachment&& other) noexcept
    : entry_(std::move(other.entry_)), session_(std::move(other.session_)) {
  other.entry_ = nullptr;
  other.session_ = nullptr;
}

Session::Attachment& Session::Attachment::operator=(Attachment&& other) noexcept {
  std::swap(entry_, other.entry_);
  std::swap(session_, other.session_);
  return *this;
}

Session::Attachment::~Attachment() {
  if (!entry_) return;
  entry_->close = nullptr;
  std::lock_guard lock(session_->mutex_);
  if (entry_->listed) session_->attached_.erase(entry_->at);
  entry_->listed = false;
}

}  // namespace sallyport
