#include "core/identity/ssh_ca.h"

namespace sallyport::identity {

// Tells those who wait how it came out, also when the coroutine is given up half-way.
class SshCa::Making {
 public:
  explicit Making(SshCa& ca) : ca_(ca) {}
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;
  ~Making() {
    std::vector<Waiting> waiting;
    {
      const std::lock_guard lock(ca_.mutex_);
      if (result) ca_.key_ = *result;
      ca_.making_ = false;
      waiting.swap(ca_.waiting_);
    }
    for (const Waiting& one : waiting) one.set(result);
  }
  Result<Key> result = Error{ErrorCode::kInternal, "making the SSH CA key was given up"};

 private:
  SshCa& ca_;
};

// Nothing: the caller is to make it.
std::optional<SshCa::Waiting> SshCa::wait_or_make() {
  const std::lock_guard lock(mutex_);
  if (key_) {
    Waiting ready;
    ready.set(Key(key_));
    return ready;
  }
  if (making_) return waiting_.emplace_back();
  making_ = true;
  return std::nullopt;
}

net::Awaitable<Result<SshCa::Key>> SshCa::key() {
  std::optional<Waiting> known = wait_or_make();
  if (known) co_return co_await known->wait();
  Making making(*this);
  making.result = co_await open_or_make();
  co_return making.result;
}

net::Awaitable<Result<SshCa::Key>> SshCa::open_or_make() {
  Result<OpenedSecret> kept = vault_.open(kSshCaSecret);
  if (!kept && kept.error().code != ErrorCode::kNotFound) co_return kept.error();
  Result<SshCaKey> key = kept ? SshCaKey::load(kept->value.view()) : SshCaKey::generate();
  if (!key) co_return Error{key.error().code, "the SSH CA key " + key.error().detail};
  if (!kept) {
    config::SecretBytes seed = key->seed();
    Result<void> done = co_await keep_(std::move(seed));
    if (!done) co_return done.error();
  }
  co_return std::make_shared<const SshCaKey>(std::move(*key));
}

}  // namespace sallyport::identity
