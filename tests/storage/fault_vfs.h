// A disk that fails on demand: a layer over SQLite's own file system that every database of the
// test program goes through. Faults hit the files whose name contains a given text.
#pragma once

#include <atomic>
#include <string>

namespace sallyport::test {

struct Faults {
  std::atomic<bool> disk_full{false};    // writes fail as without space
  std::atomic<bool> write_error{false};  // … as with a broken disk
  std::atomic<bool> read_error{false};
  std::atomic<int> failing_syncs{0};  // so many of the next fsyncs fail
  std::atomic<int> syncs{0};          // seen
  std::string only;                   // set before the store opens; empty: all files
};

// Installs the layer once per process, as SQLite's default.
Faults& faults();

// Everything works again when a test ends.
class FaultGuard {
 public:
  FaultGuard() { reset(); }
  ~FaultGuard() { reset(); }
  FaultGuard(const FaultGuard&) = delete;
  FaultGuard& operator=(const FaultGuard&) = delete;

 private:
  static void reset() {
    Faults& f = faults();
    f.disk_full = f.write_error = f.read_error = false;
    f.failing_syncs = f.syncs = 0;
    f.only.clear();
  }
};

}  // namespace sallyport::test
