// Many threads at once, as the I/O threads of a busy broker.
#include <fmt/format.h>

#include <thread>

#include "storage/limits.h"
#include "storage/record_queue.h"
#include "tests/storage/fixture.h"

using namespace sallyport;
using namespace sallyport::storage;
using namespace sallyport::test;

TEST_CASE_METHOD(StoreFixture,
                 "Threads that record at once, some in one session, leave a log that verifies") {
  open();
  auto shared = store->open_session(opened_by("shared"));
  std::atomic<std::uint32_t> seq{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      Loop own;
      auto session = t < 3 ? shared : store->open_session(opened_by(fmt::format("subject-{}", t)));
      for (std::uint32_t i = 1; i <= 60; ++i) {
        CommandSeq number{t < 3 ? ++seq : i};
        Pending intent = session->intent(number, a_command("GET /"), allowed());
        if (!own.run(intent.wait())) ++failed;
        std::string body(5'000, 'x');
        for (int k = 0; k < 3; ++k)
          if (!own.run(session->payload(number, chunk("response.body", body)))) ++failed;
        Pending outcome = session->outcome(number, {});
        if (i % 10 == 0 && !own.run(outcome.wait())) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  close();
  auto report = verify();
  INFO(describe(report));
  CHECK(report.ok);
  CHECK(query("SELECT count(*) FROM commands WHERE status = 'complete'").front() == "360");
}

TEST_CASE("A full queue refuses records and makes payloads wait until the writer has taken some") {
  RecordQueue queue;
  std::size_t pushed = 0;
  while (queue.has_room(kChunkBytes)) {
    Record record;
    record.payloads.emplace_back().blob = std::string(kChunkBytes, 'x');
    record.payloads.back().size = kChunkBytes;
    REQUIRE(queue.push(record));
    ++pushed;
  }
  // What cannot wait still finds the reserve.
  Record urgent;
  urgent.body = EventLeaf{"watchdog", {}};
  CHECK(queue.push(urgent));
  RecordQueue::Room room = queue.room();
  CHECK_FALSE(room.ready());
  CHECK(queue.take(kBatchRecords).size() == pushed + 1);
  CHECK(room.ready());
  CHECK(queue.has_room(kChunkBytes));
}

TEST_CASE(
    "What can wait is left behind while records that cannot keep coming, and never overtakes") {
  RecordQueue queue;
  auto push = [&](std::string kind, std::chrono::milliseconds delay) {
    Record record;
    record.body = EventLeaf{std::move(kind), {}};
    record.delay = delay;
    REQUIRE(queue.push(record));
  };
  auto taken = [&](std::size_t most) {
    std::vector<std::string> kinds;
    for (const Record& record : queue.take(most))
      kinds.push_back(std::get<EventLeaf>(*record.body).kind);
    return kinds;
  };
  using Kinds = std::vector<std::string>;
  push("later", std::chrono::hours(1));
  push("first", std::chrono::milliseconds(0));
  push("second", std::chrono::milliseconds(0));
  CHECK(taken(1) == Kinds{"first"});
  CHECK(taken(8) == Kinds{"second"});
  push("third", std::chrono::milliseconds(0));
  queue.stop();
  CHECK(taken(8) == Kinds{"third", "later"});
  CHECK(taken(8).empty());
}

TEST_CASE("A closed queue refuses records and those who wait for room") {
  RecordQueue queue;
  Record record;
  record.delay = std::chrono::hours(1);
  CHECK(queue.push(record));
  RecordQueue::Room room = queue.room();
  CHECK(queue.close().size() == 1);
  Loop loop;
  CHECK_FALSE(loop.run(room.wait()));
  Record again;
  CHECK_FALSE(queue.push(again));
  queue.open();
  CHECK(queue.push(again));
  queue.stop();
  Record late;
  CHECK_FALSE(queue.push(late));
  CHECK(queue.take(kBatchRecords).size() == 1);
  CHECK(queue.take(kBatchRecords).empty());
}
