#include "core/log/log.h"

#include <signal.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "core/limits.h"
#include "core/log/descriptor_sink.h"
#include "core/log/format.h"
#include "core/log/limits.h"
#include "core/text_redactor.h"

namespace sallyport::log {
namespace {

// The one log of the process: the only global of ours, because every part of the broker may have
// something to say and none should have to be handed the means.
struct Log {
  Format format;
  std::shared_ptr<DescriptorSink> sink;                // shared with the logger
  std::shared_ptr<spdlog::details::thread_pool> pool;  // shared with the logger, weakly
  std::shared_ptr<spdlog::async_logger> logger;        // shared with writers while they write
  std::atomic<std::uint64_t> queued{0};

  std::uint64_t dropped() const { return sink->dropped() + pool->overrun_counter(); }
  std::uint64_t pending() const {
    // In this order: what is done was queued before.
    const std::uint64_t done = sink->handled() + pool->overrun_counter();
    return queued - done;
  }
};

std::mutex current_mutex;
std::shared_ptr<Log> current;                    // shared with writers while they write
std::shared_ptr<const Masking> current_masking;  // likewise
std::atomic<int> least_level{static_cast<int>(Level::kError) + 1};
std::atomic<std::uint64_t> dropped_before{0};

std::shared_ptr<Log> get() {
  std::lock_guard lock(current_mutex);
  return current;
}

// Who and where: a line without them says nothing.
constexpr std::array<std::string_view, 8> kKeptFields = {
    "actor", "address", "by", "client", "client_address", "issuer", "subject", "target"};

void redact(std::string& text, TextRedactor& redactor) {
  if (const std::string* kept = redactor.redacted(text)) text = *kept;
}

// A closed pipe at the other end of stderr must not raise a signal, whatever main() ignores.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

void start(Level least, Format format) {
  stop();
  auto log = std::make_shared<Log>();
  log->format = format;
  log->sink = std::make_shared<DescriptorSink>(2, format);
  log->pool = std::make_shared<spdlog::details::thread_pool>(kLogQueue, 1, block_signals);
  log->logger = std::make_shared<spdlog::async_logger>(
      "sallyport", log->sink, log->pool, spdlog::async_overflow_policy::overrun_oldest);
  log->logger->set_level(spdlog::level::trace);
  // spdlog's own report of a failure would go to the same stderr, blocking.
  log->logger->set_error_handler([](const std::string&) {});
  std::lock_guard lock(current_mutex);
  current = std::move(log);
  least_level = static_cast<int>(least);
}

void stop() {
  std::shared_ptr<Log> log;
  {
    std::lock_guard lock(current_mutex);
    log = std::move(current);
    current = nullptr;
    current_masking = nullptr;
    least_level = static_cast<int>(Level::kError) + 1;
  }
  if (!log) return;
  const auto now = std::chrono::steady_clock::now();
  log->sink->finish_by(now + kDrainWait);
  while (log->pending() > 0 && std::chrono::steady_clock::now() < now + kStopWait)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  dropped_before += log->dropped() + log->pending();
  // A thread that hangs in write(2), which a stopped terminal can do, cannot be joined: it is left
  // behind.
  static auto& left_behind = *new std::vector<std::shared_ptr<Log>>;
  if (log->pending() > 0) left_behind.push_back(std::move(log));
}

std::uint64_t dropped() {
  auto log = get();
  return dropped_before + (log ? log->dropped() : 0);
}

void redact_by(std::shared_ptr<const Masking> masking) {
  std::lock_guard lock(current_mutex);
  current_masking.swap(masking);
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (static_cast<int>(level) < least_level.load(std::memory_order_relaxed)) return;
  auto log = get();
  if (!log) return;
  try {
    std::string said(message);
    std::vector<Field> told(fields);
    std::shared_ptr<const Masking> masking;
    {
      std::lock_guard lock(current_mutex);
      masking = current_masking;
    }
    if (masking) {
      TextRedactor redactor(std::move(masking));
      redact(said, redactor);
      for (Field& field : told)
        if (std::ranges::find(kKeptFields, field.name) == kKeptFields.end())
          redact(field.value, redactor);
    }
    const Line line{std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()),
                    level, said, told};
    const std::string text = format_line(log->format, line);
    ++log->queued;
    log->logger->log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
  } catch (const std::bad_alloc&) {
    ++dropped_before;
  }
}

}  // namespace sallyport::log
