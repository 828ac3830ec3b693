// A page shared with the test, through which it says what is to fail: the file named by
// FAULT_CONTROL, mapped when the library is loaded. Everything is zero at first: nothing fails.
#pragma once

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

// One kind of failure: an errno, and how often (negative: until told otherwise).
struct fault {
  _Atomic int64_t error;
  _Atomic int64_t times;
};

struct control {
  struct fault sync;             // fsync, fdatasync
  struct fault write;            // write, pwrite, ftruncate
  struct fault read;             // read, pread
  _Atomic int64_t allocation;    // every n-th allocation fails
  _Atomic int64_t clock_offset;  // seconds that the wall clock is off
  _Atomic int64_t failed;        // what has failed so far, counted for the test
};

static struct control* faults;

__attribute__((constructor)) static void map_faults(void) {
  const char* path = getenv("FAULT_CONTROL");
  if (!path) return;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void* page = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (page != MAP_FAILED) faults = page;
}

// The errno to fail with now, or 0.
static inline int strike(struct fault* fault) {
  int64_t error = atomic_load(&fault->error);
  if (error == 0) return 0;
  int64_t left = atomic_load(&fault->times);
  while (left > 0)
    if (atomic_compare_exchange_weak(&fault->times, &left, left - 1)) break;
  if (left == 0) return 0;
  atomic_fetch_add(&faults->failed, 1);
  return (int)error;
}
