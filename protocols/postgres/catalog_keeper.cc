#include "protocols/postgres/catalog_keeper.h"

#include "core/log/log.h"
#include "core/metrics.h"
#include "core/net/flow.h"
#include "protocols/postgres/inbox.h"
#include "protocols/postgres/own_words.h"

namespace sallyport::postgres {
namespace {

// Those who wait go on in time, whatever becomes of the reading.
net::Awaitable<void> be_patient(std::shared_ptr<LiveCatalog> live,
                                std::shared_ptr<net::Timer> timer) {
  Result<void> slept = co_await timer->sleep_for(kCatalogPatience);
  if (slept) live->go_on();
}

// A reading is over however its coroutine ends.
class Reading {
 public:
  Reading(LiveCatalog& live, net::Timer& patience, const Clock& clock)
      : live_(live), patience_(patience), clock_(clock) {}
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() {
    patience_.cancel();
    if (!done_) live_.failed(clock_.mono() + kCatalogRetry);
  }
  void done(CatalogKeeper::Fetched fetched) {
    live_.done(std::move(fetched.catalog), fetched.digest, clock_.mono() + kCatalogAge);
    done_ = true;
  }

 private:
  LiveCatalog& live_;
  net::Timer& patience_;
  const Clock& clock_;
  bool done_ = false;
};

}  // namespace

std::shared_ptr<LiveCatalog> CatalogKeeper::find(const Target& target,
                                                 const std::string& database) {
  std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&](const Kept& one) {
    return one.target == target.name && one.settings != target.settings &&
           one.catalog.use_count() == 1;
  });
  for (const Kept& one : kept_)
    if (one.settings == target.settings && one.catalog->database() == database) return one.catalog;
  if (kept_.size() >= kCatalogs) kept_.pop_back();
  kept_.push_front({target.name, target.settings, std::make_shared<LiveCatalog>(database)});
  return kept_.front().catalog;
}

net::Awaitable<void> CatalogKeeper::refresh(std::shared_ptr<LiveCatalog> live,
                                            std::shared_ptr<Session> session) {
  // Twice: the reading that is under way may have begun before something was defined.
  for (int i = 0; i < 2; ++i) {
    const LiveCatalog::Turn turn = live->take_turn(services_.clock.mono());
    if (turn.read) {
      const net::Executor executor = co_await net::this_executor();
      net::Awaitable<void> reading = read(live, session);
      net::spawn(executor, std::move(reading));
    }
    if (!turn.wait) co_return;
    static_cast<void>(co_await turn.over.wait());
  }
}

net::Awaitable<void> CatalogKeeper::read(std::shared_ptr<LiveCatalog> live,
                                         std::shared_ptr<Session> session) {
  const net::Executor executor = co_await net::this_executor();
  const auto timer = std::make_shared<net::Timer>(executor);
  Reading reading(*live, *timer, services_.clock);
  net::Awaitable<void> patience = be_patient(live, timer);
  net::spawn(executor, std::move(patience));
  Result<Fetched> fetched = co_await fetch(live, session);
  services_.metrics.catalog_read(fetched.ok());
  Event event{"catalog.read",
              {{"session", session->id().to_string()},
               {"target", session->target().name},
               {"database", live->database()},
               {"result", fetched ? "read" : fetched.error().detail}}};
  if (fetched) {
    event.fields.emplace_back("tables", std::to_string(fetched->catalog->tables()));
    event.fields.emplace_back("functions", std::to_string(fetched->catalog->functions()));
  } else {
    log::warn("a target's catalog could not be read: names are taken as they stand",
              {{"target", session->target().name},
               {"database", live->database()},
               {"cause", fetched.error().detail}});
  }
  services_.recorder.event(event);
  if (fetched) reading.done(std::move(*fetched));
}

// On a worker's thread. Without a catalog: it took too long, or there is no memory for it.
CatalogKeeper::Fetched CatalogKeeper::make(const CatalogAnswer& answer, const LiveCatalog& live,
                                           const Clock& clock) {
  try {
    Fetched out{nullptr, answer.digest()};
    const MonoTime until = clock.mono() + kCatalogWork;
    if (out.digest == live.digest()) {
      out.catalog = live.get();
    } else {
      out.catalog = answer.build([&] { return clock.mono() < until; });
    }
    return out;
  } catch (const std::bad_alloc&) {
    return {};
  }
}

net::Awaitable<Result<CatalogKeeper::Fetched>> CatalogKeeper::fetch(
    std::shared_ptr<LiveCatalog> live, std::shared_ptr<Session> session) {
  Parameters parameters{{"client_encoding", "UTF8"},
                        {"database", live->database()},
                        {"application_name", "sallyport catalog"}};
  std::vector<std::string> words = catalog_words();
  std::string sqlstate;
  Result<LoggedIn> in = co_await target_.travel(std::move(session), std::move(parameters),
                                                std::move(words), sqlstate);
  if (!in) co_return in.error();
  const auto answer = std::make_shared<CatalogAnswer>();
  Result<void> asked = co_await ask(*in->upstream, *answer);
  in->upstream->close();
  if (!asked) co_return asked.error();
  // Shared with the job, which may outlive this coroutine but not the service.
  const net::OneShot<Fetched> made;
  std::function<void()> job = [answer, live, made, &clock = services_.clock] {
    made.set(make(*answer, *live, clock));
  };
  if (!workers_.submit(std::move(job))) co_return Error{ErrorCode::kUnavailable, "too busy"};
  Fetched fetched = co_await made.wait();
  if (!fetched.catalog) co_return Error{ErrorCode::kLimit, "it is too large to be made sense of"};
  co_return fetched;
}

net::Awaitable<Result<void>> CatalogKeeper::ask(Upstream& upstream, CatalogAnswer& answer) {
  const MonoTime deadline = services_.clock.mono() + kCatalogDeadline;
  upstream.set_read_deadline(deadline);
  upstream.set_write_deadline(deadline);
  Result<void> said = co_await upstream.say(static_cast<std::size_t>(CatalogWord::kAsk));
  Inbox inbox;
  while (said && !answer.complete()) {
    Result<std::size_t> read = co_await upstream.read_some(inbox.room());
    if (!read) co_return read.error();
    if (*read == 0) co_return Error{ErrorCode::kClosed, "the server closed the connection"};
    inbox.add(*read);
    Result<std::size_t> taken = answer.take(inbox.unread());
    if (!taken) co_return taken.error();
    inbox.take(*taken);
  }
  if (said) said = co_await upstream.say(static_cast<std::size_t>(CatalogWord::kTerminate));
  co_return said;
}

}  // namespace sallyport::postgres
