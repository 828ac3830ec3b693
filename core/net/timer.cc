#include "core/net/asio_types.h"
#include "core/net/runtime.h"

namespace sallyport::net {

struct Timer::Impl {
  explicit Impl(Executor executor) : timer(executor) {}
  SteadyTimer timer;
};

Timer::Timer(Executor executor) : impl_(std::make_unique<Impl>(executor)) {}
Timer::~Timer() = default;

Awaitable<Result<void>> Timer::sleep_for(std::chrono::milliseconds duration) {
  impl_->timer.expires_after(duration);
  asio::error_code error;
  auto token = asio::redirect_error(kAwait, error);
  co_await impl_->timer.async_wait(token);
  if (error) co_return Error{ErrorCode::kClosed, "the wait was cancelled"};
  co_return Result<void>();
}

void Timer::cancel() { impl_->timer.cancel(); }

}  // namespace sallyport::net
