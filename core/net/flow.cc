#include "core/net/flow.h"

#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <exception>

#include "core/net/asio_types.h"
#include "core/net/one_shot.h"

namespace sallyport::net {
namespace {

// What the waiting coroutine and its two children share.
struct Join {
  int left = 2;
  std::exception_ptr error;
  std::function<void()> resume;

  void ended(std::exception_ptr why) {
    if (why && !error) error = why;
    if (--left == 0 && resume) resume();
  }
};

// A child that is unwound instead of ending (out of memory inside Asio) never calls its completion
// handler; it only goes away. That too counts as an end, or the parent would wait for ever.
class Ended {
 public:
  explicit Ended(std::shared_ptr<Join> join) : join_(std::move(join)) {}
  Ended(Ended&& other) noexcept = default;
  Ended& operator=(Ended&&) = delete;
  ~Ended() {
    if (join_) join_->ended(std::make_exception_ptr(std::bad_alloc()));
  }
  void operator()(std::exception_ptr why) {
    auto join = std::move(join_);
    join->ended(why);
  }

 private:
  std::shared_ptr<Join> join_;  // shared with the parent and the sibling
};

}  // namespace

Awaitable<void> both(Awaitable<void> a, Awaitable<void> b) {
  Executor executor = co_await asio::this_coro::executor;
  auto join = std::make_shared<Join>();
  asio::co_spawn(executor, std::move(a), Ended(join));
  try {
    asio::co_spawn(executor, std::move(b), Ended(join));
  } catch (const std::bad_alloc&) {
    // The second one never started and was counted by ~Ended; the first must still be waited for.
  }
  if (join->left > 0) {
    std::function<void(std::function<void()>)> start = [&join](std::function<void()> resume) {
      join->resume = std::move(resume);
    };
    co_await suspend_until(std::move(start));
  }
  if (join->error) std::rethrow_exception(join->error);
}

Awaitable<void> yield() { co_await asio::post(kAwait); }

Awaitable<Executor> this_executor() { co_return co_await asio::this_coro::executor; }

struct Signal::Impl {
  explicit Impl(Executor executor) : timer(executor) {}
  SteadyTimer timer;
  bool set = false;
};

Signal::Signal(Executor executor) : impl_(std::make_unique<Impl>(executor)) {}
Signal::~Signal() = default;

void Signal::set() {
  impl_->set = true;
  impl_->timer.cancel();
}

Awaitable<Result<void>> Signal::wait(std::optional<MonoTime> deadline) {
  if (!impl_->set) {
    impl_->timer.expires_at(deadline.value_or(MonoTime::max()));
    asio::error_code error;
    auto token = asio::redirect_error(kAwait, error);
    co_await impl_->timer.async_wait(token);
  }
  if (!impl_->set) co_return Error{ErrorCode::kTimeout, "the deadline passed"};
  impl_->set = false;
  co_return Result<void>();
}

}  // namespace sallyport::net
