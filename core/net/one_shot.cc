#include "core/net/one_shot.h"

#include <asio/post.hpp>
#include <list>

#include "core/insist.h"
#include "core/log/log.h"
#include "core/net/asio_types.h"

namespace sallyport::net {
namespace {

// Keeps the coroutines of one io_context that wait for another thread. Asio shuts its services down
// with the context: so does this, and the coroutines nobody resumed are unwound like those that
// wait for a socket. Without it they would live in a circle with what was to resume them. Loop's
// thread only.
class Parked final : public asio::execution_context::service {
 public:
  using key_type = Parked;
  static asio::execution_context::id id;

  class Entry {
   public:
    virtual ~Entry() = default;
    virtual void resume() = 0;  // nothing, when it was dropped
    virtual void drop() = 0;
    std::list<std::shared_ptr<Entry>>::iterator place;
  };
  using Entries = std::list<std::shared_ptr<Entry>>;  // shared with whoever resumes

  explicit Parked(asio::execution_context& context) : service(context) {}

  void add(std::shared_ptr<Entry> entry) {
    entries_.push_front(std::move(entry));
    entries_.front()->place = entries_.begin();
  }
  void remove(const Entry& entry) { entries_.erase(entry.place); }

 private:
  void shutdown() override {
    while (!entries_.empty()) {
      std::shared_ptr<Entry> entry = std::move(entries_.front());
      entries_.pop_front();
      entry->drop();
    }
  }

  Entries entries_;
};

asio::execution_context::id Parked::id;

template <class Handler>
class Suspended final : public Parked::Entry {
 public:
  Suspended(Parked& parked, Handler handler) : parked_(parked), handler_(std::move(handler)) {}

  void resume() override {
    if (!handler_) return;
    Handler handler = std::move(*handler_);
    handler_.reset();
    parked_.remove(*this);
    std::move(handler)();
  }
  void drop() override { handler_.reset(); }

 private:
  Parked& parked_;
  std::optional<Handler> handler_;
};

// What the other thread calls. It must not end for want of memory, being the audit writer's, say.
struct Resume {
  std::shared_ptr<Parked::Entry> entry;
  Executor executor;

  void operator()() const {
    if (insist([this] { asio::post(executor, [parked = entry] { parked->resume(); }); })) return;
    log::error("out of memory: a coroutine waits until the end of the broker");
  }
};

}  // namespace

Awaitable<void> suspend_until(std::function<void(std::function<void()>)> start) {
  Executor executor = co_await asio::this_coro::executor;
  auto initiation = [&start, executor](auto handler) {
    auto& parked = asio::use_service<Parked>(executor.context());
    auto entry = std::make_shared<Suspended<decltype(handler)>>(parked, std::move(handler));
    parked.add(entry);
    try {
      start(Resume{entry, executor});
    } catch (const std::bad_alloc&) {
      // Nobody was told how to resume it: unwound here, for it would wait for ever.
      parked.remove(*entry);
      throw;
    }
  };
  Awaitable<void> suspended =
      asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(initiation, kAwait);
  co_await std::move(suspended);
}

}  // namespace sallyport::net
