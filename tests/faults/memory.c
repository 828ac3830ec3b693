// Preloaded into the broker: every n-th allocation fails, once the test says so.
#define _GNU_SOURCE
#include <errno.h>

#include "control.h"

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

static _Atomic uint64_t allocations;

static int fails(void) {
  int64_t every = faults ? atomic_load(&faults->allocation) : 0;
  if (every <= 0 || atomic_fetch_add(&allocations, 1) % (uint64_t)every != 0) return 0;
  atomic_fetch_add(&faults->failed, 1);
  errno = ENOMEM;
  return 1;
}

void* malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }
void* calloc(size_t count, size_t size) { return fails() ? NULL : __libc_calloc(count, size); }
void* realloc(void* old, size_t size) { return fails() ? NULL : __libc_realloc(old, size); }
void* aligned_alloc(size_t alignment, size_t size) {
  return fails() ? NULL : __libc_memalign(alignment, size);
}
