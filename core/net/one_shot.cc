#include "core/net/one_shot.h"

#include <asio/post.hpp>

#include "core/log/log.h"
#include "core/net/asio_types.h"

namespace sallyport::net {
namespace {

// Owns the suspended coroutine. Whoever drops the last copy unresumed ends the coroutine: Asio
// unwinds it on its own executor.
template <class Handler>
class Resume {
 public:
  Resume(Handler handler, Executor executor)
      : handler_(std::make_shared<Handler>(std::move(handler))), executor_(executor) {}

  // Called on threads that must not end for want of memory, such as the audit writer's.
  void operator()() const {
    try {
      asio::post(executor_, std::move(*handler_));
    } catch (const std::bad_alloc&) {
      log::error("out of memory: a waiting coroutine was ended");
    }
  }

 private:
  std::shared_ptr<Handler> handler_;  // shared by the copies of the std::function around this
  Executor executor_;
};

}  // namespace

Awaitable<void> suspend_until(std::function<void(std::function<void()>)> start) {
  Executor executor = co_await asio::this_coro::executor;
  auto initiation = [&start, executor](auto handler) {
    start(Resume<decltype(handler)>(std::move(handler), executor));
  };
  Awaitable<void> suspended =
      asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(initiation, kAwait);
  co_await std::move(suspended);
}

}  // namespace sallyport::net
