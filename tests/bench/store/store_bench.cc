// What the audit store costs: durable commands per second with 1, 16 and 256 waiting sessions, the
// CPU of an I/O thread per intent, bytes on disk per command, and the speed of `verify`. One run
// prints all of it, with the median fdatasync of the same disk to compare with. Usage: store_bench
// [FOLDER] [SECONDS per step]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "core/clock.h"
#include "core/net/runtime.h"
#include "storage/reader.h"
#include "storage/store.h"

using namespace sallyport;
using namespace sallyport::storage;
using Time = std::chrono::steady_clock::time_point;

namespace {

constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";

double micros(std::chrono::steady_clock::duration d) {
  return std::chrono::duration<double, std::micro>(d).count();
}

double at_rank(std::vector<double> values, double rank) {
  if (values.empty()) return 0;
  auto i = static_cast<std::size_t>(rank * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i), values.end());
  return values[i];
}

double median_fdatasync(const std::string& folder) {
  std::string path = folder + "/sync";
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  std::vector<char> block(4096, 'x');
  std::vector<double> times;
  for (int i = 0; i < 200; ++i) {
    if (::pwrite(fd, block.data(), block.size(), 0) < 0) break;
    Time start = std::chrono::steady_clock::now();
    ::fdatasync(fd);
    times.push_back(micros(std::chrono::steady_clock::now() - start));
  }
  ::close(fd);
  std::filesystem::remove(path);
  return at_rank(std::move(times), 0.5);
}

Command sql_command() {
  Command out;
  out.actions = {Action::kRead};
  out.objects = {{"table", "public.orders"}};
  out.text = "SELECT id, customer, total FROM orders WHERE customer = $1 ORDER BY id DESC LIMIT 10";
  out.attributes = {{"sql.statement", "SELECT"}, {"sql.reads", "public.orders"}};
  return out;
}

SessionOpened session(unsigned n) {
  SessionOpened out;
  out.id = SessionId::make(1'790'000'000'000);
  out.principal.issuer = "corp";
  out.principal.subject = fmt::format("agent-{}", n);
  out.target = "orders-db";
  out.protocol = "postgres";
  return out;
}

struct Tally {
  std::vector<double> latencies;
  std::uint64_t commands = 0;
};

// One session: command after command until the time is over. The tally is its own.
net::Awaitable<void> work(std::shared_ptr<SessionRecording> recording, Time end, Tally* tally,
                          std::atomic<unsigned>* running) {
  Command command = sql_command();
  Decision decision{Verdict::kAllow, "reads", "", "p1", {}};
  Outcome outcome;
  outcome.status = "SELECT 10";
  outcome.rows = 10;
  outcome.bytes_out = 1'000;
  for (std::uint32_t seq = 1; std::chrono::steady_clock::now() < end; ++seq) {
    Time start = std::chrono::steady_clock::now();
    Pending intent = recording->intent(CommandSeq{seq}, command, decision);
    Result<EventNumber> number = co_await intent.wait();
    if (!number) break;
    tally->latencies.push_back(micros(std::chrono::steady_clock::now() - start));
    ++tally->commands;
    recording->outcome(CommandSeq{seq}, outcome);
  }
  --*running;
}

void step(SqliteStore& store, unsigned waiters, std::chrono::seconds length, double sync) {
  net::Runtime runtime(1);
  runtime.start();
  std::vector<Tally> tallies(waiters);
  std::vector<std::shared_ptr<SessionRecording>> sessions;
  std::atomic<unsigned> running = waiters;
  Time start = std::chrono::steady_clock::now();
  std::uint64_t before = store.leaves();
  for (unsigned i = 0; i < waiters; ++i) {
    sessions.push_back(store.open_session(session(i)));
    net::spawn(runtime.executor(0), work(sessions.back(), start + length, &tallies[i], &running));
  }
  while (running > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  double seconds = micros(std::chrono::steady_clock::now() - start) / 1e6;
  runtime.stop();
  runtime.join();
  std::vector<double> all;
  for (Tally& tally : tallies)
    all.insert(all.end(), tally.latencies.begin(), tally.latencies.end());
  for (auto& one : sessions) one->close({"done", 0, 0});
  double p99 = at_rank(all, 0.99);
  fmt::print(
      "{:4} waiting: {:8.0f} events/s, {:8.0f} commands/s, intent p50 {:6.0f} us, p99 {:6.0f} us = "
      "{:.1f} fdatasync\n",
      waiters, static_cast<double>(store.leaves() - before) / seconds,
      static_cast<double>(all.size()) / seconds, at_rank(all, 0.5), p99, p99 / sync);
}

double thread_cpu() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

void cpu_per_intent(SqliteStore& store) {
  auto recording = store.open_session(session(0));
  Command command = sql_command();
  Decision decision{Verdict::kAllow, "reads", "", "p1", {}};
  constexpr std::uint32_t kCount = 20'000;
  double start = thread_cpu();
  for (std::uint32_t seq = 1; seq <= kCount; ++seq)
    recording->intent(CommandSeq{seq}, command, decision);
  double intents = (thread_cpu() - start) / kCount;
  start = thread_cpu();
  for (std::uint32_t seq = 1; seq <= kCount; ++seq) recording->outcome(CommandSeq{seq}, {});
  fmt::print("CPU of the calling thread: {:.2f} us per intent, {:.2f} us per outcome\n", intents,
             (thread_cpu() - start) / kCount);
}

void verify(const std::string& path, bool tree_only, const char* what,
            std::optional<std::string_view> key) {
  auto reader = StoreReader::open(path, key);
  if (!reader) return;
  double start = thread_cpu();
  auto report = (*reader)->verify({tree_only, kProblems});
  double seconds = (thread_cpu() - start) / 1e6;
  if (!report) return;
  fmt::print("verify, {}: {} leaves, {}, {:.0f} leaves per second of CPU\n", what, report->leaves,
             report->ok ? "ok" : "NOT OK", static_cast<double>(report->leaves) / seconds);
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder = argc > 1 ? argv[1] : "/var/tmp/sallyport-store-bench";
  std::chrono::seconds length(argc > 2 ? std::stoi(argv[2]) : 3);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  double sync = median_fdatasync(folder);
  fmt::print("median fdatasync of 4 KiB: {:.0f} us\n", sync);
  SystemClock clock;
  StoreSettings settings;
  settings.path = folder + "/audit.db";
  settings.key = kKey;
  {
    auto store = SqliteStore::open(settings, clock);
    if (!store) {
      fmt::print(stderr, "{}\n", store.error().detail);
      return 1;
    }
    for (unsigned waiters : {1u, 16u, 256u}) step(**store, waiters, length, sync);
    cpu_per_intent(**store);
  }
  std::uint64_t commands = 0;
  if (auto reader = StoreReader::open(settings.path)) {
    auto rows = (*reader)->sessions({.limit = 1'000'000});
    if (rows)
      for (const SessionRow& row : *rows) commands += row.commands;
  }
  std::uintmax_t bytes = std::filesystem::file_size(settings.path);
  fmt::print("on disk: {:.0f} bytes per command, with its encrypted text ({} commands)\n",
             static_cast<double>(bytes) / static_cast<double>(std::max<std::uint64_t>(1, commands)),
             commands);
  verify(settings.path, true, "tree only", {});
  verify(settings.path, false, "with derived tables", {});
  verify(settings.path, false, "with derived tables and payloads", kKey);
  std::filesystem::remove_all(folder);
  return 0;
}
