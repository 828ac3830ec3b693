// What the process asks of the operating system before it serves: no core files, every descriptor
// it may have, signals that come only where they are waited for, and the service manager told.
// Linux.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace sallyport::broker {

// No core file and no debugger of another user ever sees a secret; the soft limit of open files
// becomes the hard one. Returns that limit.
unsigned long harden_process();

// An allocation that fails is tried again a few times before std::bad_alloc is thrown.
void bear_short_memory();

// Blocks the signals that wait_for_signal() takes, in this thread and in those it starts; SIGPIPE,
// SIGUSR1 and SIGUSR2 are ignored. Before any other thread starts.
void block_signals();

enum class Signal { kDrain, kStop, kReload };  // SIGTERM, SIGINT, SIGHUP

// The next signal, or nothing when `most` has passed.
std::optional<Signal> wait_for_signal(std::chrono::milliseconds most);

// Messages to the service manager (sd_notify); no effect without one.
void notify_ready();
void notify_reloading();
void notify_stopping();
void notify_alive();
// Whether the manager restarts the broker when it hears no notify_alive() (WatchdogSec of the
// unit).
bool manager_expects_life();

}  // namespace sallyport::broker
