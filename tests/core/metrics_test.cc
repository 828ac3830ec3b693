#include "core/metrics.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace sallyport {
namespace {

TEST_CASE("counters are kept by label and rendered as Prometheus text") {
  Metrics metrics;
  metrics.command("http", "allow");
  metrics.command("http", "allow");
  metrics.command("http", "deny");
  metrics.login("http", "refused");
  metrics.bytes("http", 10, 0);
  metrics.bytes("http", 5, 7);
  metrics.set_sessions(3);
  metrics.set_store_healthy(true);
  metrics.set_log_dropped(4);
  metrics.set_log_dropped(6);
  const std::string text = metrics.exposition();
  for (const char* line : {"sallyport_commands_total{protocol=\"http\",verdict=\"allow\"} 2",
                           "sallyport_commands_total{protocol=\"http\",verdict=\"deny\"} 1",
                           "sallyport_logins_total{protocol=\"http\",result=\"refused\"} 1",
                           "sallyport_bytes_total{direction=\"in\",protocol=\"http\"} 15",
                           "sallyport_bytes_total{direction=\"out\",protocol=\"http\"} 7",
                           "sallyport_sessions 3", "sallyport_store_healthy 1",
                           "sallyport_log_dropped_total 6", "sallyport_not_recorded_total 0"}) {
    INFO(line << "\n" << text);
    CHECK(text.find(line) != std::string::npos);
  }
}

TEST_CASE("increments from many threads are all counted") {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 1'000; ++i) metrics.command(i % 2 == 0 ? "http" : "ssh", "allow");
    });
  for (auto& thread : threads) thread.join();
  CHECK(metrics.exposition().find(
            "sallyport_commands_total{protocol=\"ssh\",verdict=\"allow\"} 2000") !=
        std::string::npos);
}

}  // namespace
}  // namespace sallyport
