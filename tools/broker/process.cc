#include "tools/broker/process.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include <new>
#include <thread>

#include "core/result.h"

namespace sallyport::broker {
namespace {

sigset_t awaited_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

// Memory may be short for a moment only: others are given the time to return some before an
// allocation is said to have failed. Bounded, so that a broker without memory refuses work instead
// of standing still.
void retry_allocation() {
  constexpr unsigned kAttempts = 16;
  thread_local unsigned calls = 0;
  if (++calls % kAttempts == 0) throw std::bad_alloc();
  std::this_thread::yield();
}

}  // namespace

void bear_short_memory() { std::set_new_handler(retry_allocation); }

unsigned long harden_process() {
  rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    broken_invariant("core files cannot be switched off");
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  getrlimit(RLIMIT_NOFILE, &files);
  return files.rlim_cur;
}

void block_signals() {
  for (int ignored : {SIGPIPE, SIGUSR1, SIGUSR2}) signal(ignored, SIG_IGN);
  sigset_t set = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::optional<Signal> wait_for_signal(std::chrono::milliseconds most) {
  sigset_t set = awaited_signals();
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(most);
  timespec wait{};
  wait.tv_sec = seconds.count();
  wait.tv_nsec = std::chrono::nanoseconds(most - seconds).count();
  switch (sigtimedwait(&set, nullptr, &wait)) {
    case SIGTERM:
      return Signal::kDrain;
    case SIGINT:
      return Signal::kStop;
    case SIGHUP:
      return Signal::kReload;
    default:
      return std::nullopt;  // the time passed, or a stop and continue interrupted the wait
  }
}

void notify_ready() { sd_notify(0, "READY=1"); }

void notify_reloading() {
  // Type=notify-reload wants the time with it (sd_notify(3)).
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  auto us = static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000;
  std::string message = fmt::format("RELOADING=1\nMONOTONIC_USEC={}", us);
  sd_notify(0, message.c_str());
}

void notify_stopping() { sd_notify(0, "STOPPING=1"); }
void notify_alive() { sd_notify(0, "WATCHDOG=1"); }

bool manager_expects_life() {
  std::uint64_t ignored = 0;
  return sd_watchdog_enabled(0, &ignored) > 0;
}

}  // namespace sallyport::broker
