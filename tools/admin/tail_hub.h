// Carries commands and decisions, as they happen, to those who follow them. A publisher never
// waits: a reader whose queue is full is dropped with a notice. publish() may be called from any
// thread; a Subscription is used by one coroutine.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/net/awaitable.h"

namespace sallyport::admin {

class TailHub {
 public:
  // A line is shared by the queues of all readers.
  using Line = std::shared_ptr<const std::string>;

  class Subscription {
   public:
    explicit Subscription(TailHub& hub);
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    // Waits for at least one line and returns all that are there. Empty: the subscription is over,
    // and why() says the reason.
    net::Awaitable<std::vector<Line>> next();
    std::string why() const;

   private:
    friend class TailHub;
    bool push(const Line& line);  // false: full
    void finish(const std::string& reason);
    void wake_reader(std::unique_lock<std::mutex> lock);

    TailHub& hub_;
    mutable std::mutex mutex_;
    std::deque<Line> lines_;
    std::string over_;
    std::function<void()> resume_;
  };

  // Cheap when nobody follows: ask before a line is built.
  bool followed() const { return readers_ > 0; }
  void publish(std::string line);
  // Ends every subscription of now: a line could not be made or kept, and none goes missing
  // silently.
  void lose_line() noexcept;
  // Ends every subscription, and each later one at once.
  void close(const std::string& reason);

 private:
  std::mutex mutex_;
  std::list<Subscription*> subscriptions_;
  std::string closed_;
  std::atomic<std::size_t> readers_{0};
};

}  // namespace sallyport::admin
