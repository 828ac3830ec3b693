// Writes to a store from several threads until it is killed, and says on stdout what was
// acknowledged.
#include <fmt/format.h>
#include <unistd.h>

#include <thread>

#include "core/clock.h"
#include "storage/store.h"
#include "tests/support/run.h"

using namespace sallyport;

namespace {

void write_for_ever(storage::SqliteStore& store, unsigned thread) {
  test::Loop loop;
  SessionOpened opened;
  opened.id = SessionId::make(1'790'000'000'000);
  opened.principal.subject = fmt::format("writer-{}", thread);
  opened.target = "orders";
  opened.protocol = "http";
  auto session = store.open_session(opened);
  Command command;
  command.actions = {Action::kRead};
  command.text = "GET /v1/orders";
  Decision decision{Verdict::kAllow, "reads", "", "p1", {}};
  std::string body(3'000, 'x');
  for (std::uint32_t seq = 1;; ++seq) {
    Pending intent = session->intent(CommandSeq{seq}, command, decision);
    auto number = loop.run(intent.wait());
    if (!number) return;
    std::string line = fmt::format("{} {} {}\n", to_number(*number), opened.id.to_string(), seq);
    if (::write(1, line.data(), line.size()) < 0) return;
    PayloadChunk chunk{"response.body", std::as_bytes(std::span(body.data(), body.size()))};
    auto kept = loop.run(session->payload(CommandSeq{seq}, chunk));
    if (!kept) return;
    session->outcome(CommandSeq{seq}, {});
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  SystemClock clock;
  storage::StoreSettings settings;
  settings.path = argv[1];
  settings.key = "0123456789abcdef0123456789abcdef";
  settings.wal_bytes = 0;
  auto store = storage::SqliteStore::open(settings, clock);
  if (!store) {
    fmt::print(stderr, "{}\n", store.error().detail);
    return 1;
  }
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < static_cast<unsigned>(std::stoi(argv[2])); ++i)
    threads.emplace_back([&store, i] { write_for_ever(**store, i); });
  for (std::thread& thread : threads) thread.join();
  return 0;
}
