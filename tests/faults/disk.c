// Preloaded into the broker: fails what the test says to fail on files below FAULT_DIRECTORY, and
// keeps a journal of every change to them in FAULT_JOURNAL, from which the test builds the disk of
// a power cut. A record is a line "KIND path-length a b", then the path, then b bytes:
//
//   W write     a: offset           b: size, then what was written
//   T truncate  a: size
//   S sync
//   U unlink
//   R rename                        b: size of the new path, which follows
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "control.h"

static int journal = -1;
static pthread_mutex_t journal_lock = PTHREAD_MUTEX_INITIALIZER;
static const char* directory;

__attribute__((constructor)) static void open_journal(void) {
  directory = getenv("FAULT_DIRECTORY");
  const char* path = getenv("FAULT_JOURNAL");
  if (path) journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

// Declares `real`, the function of this name that the program would have called without us.
#define REAL(name)                 \
  static __typeof__(&(name)) real; \
  if (!real) *(void**)&real = dlsym(RTLD_NEXT, #name)

static int is_ours(int fd, char* path, size_t size) {
  if (!directory) return 0;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, size - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strncmp(path, directory, strlen(directory)) == 0;
}

static void note(char kind, const char* path, int64_t first, int64_t second, const void* bytes) {
  if (journal < 0) return;
  REAL(write);
  char head[128];
  int length = snprintf(head, sizeof head, "%c %zu %lld %lld\n", kind, strlen(path),
                        (long long)first, (long long)second);
  pthread_mutex_lock(&journal_lock);
  ssize_t done = real(journal, head, (size_t)length);
  done += real(journal, path, strlen(path));
  if (bytes) done += real(journal, bytes, (size_t)second);
  pthread_mutex_unlock(&journal_lock);
  (void)done;
}

static int write_fails(int fd, char* path, size_t size) {
  if (!faults || (journal < 0 && !faults->write.error)) return 0;
  if (!is_ours(fd, path, size)) return 0;
  errno = strike(&faults->write);
  return errno ? -1 : 1;
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  REAL(pwrite64);
  char path[512];
  int ours = write_fails(fd, path, sizeof path);
  if (ours < 0) return -1;
  ssize_t done = real(fd, bytes, size, offset);
  if (ours && done > 0) note('W', path, offset, done, bytes);
  return done;
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  return pwrite64(fd, bytes, size, offset);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  REAL(write);
  char path[512];
  int ours = write_fails(fd, path, sizeof path);
  if (ours < 0) return -1;
  int64_t offset = ours ? lseek(fd, 0, SEEK_CUR) : 0;
  ssize_t done = real(fd, bytes, size);
  if (ours && done > 0) note('W', path, offset, done, bytes);
  return done;
}

int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64);
  char path[512];
  int ours = write_fails(fd, path, sizeof path);
  if (ours < 0) return -1;
  int done = real(fd, size);
  if (ours && done == 0) note('T', path, size, 0, NULL);
  return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int is_below(const char* path) {
  return directory && strncmp(path, directory, strlen(directory)) == 0;
}

int unlink(const char* path) {
  REAL(unlink);
  int done = real(path);
  if (done == 0 && is_below(path)) note('U', path, 0, 0, NULL);
  return done;
}

int rename(const char* from, const char* to) {
  REAL(rename);
  int done = real(from, to);
  if (done == 0 && is_below(from)) note('R', from, 0, (int64_t)strlen(to), to);
  return done;
}

static int sync_or_fail(int fd, int (*real)(int)) {
  char path[512];
  int ours = faults && (journal >= 0 || faults->sync.error) && is_ours(fd, path, sizeof path);
  if (ours) {
    errno = strike(&faults->sync);
    if (errno) return -1;
  }
  int done = real(fd);
  if (ours && done == 0) note('S', path, 0, 0, NULL);
  return done;
}

int fsync(int fd) {
  REAL(fsync);
  return sync_or_fail(fd, real);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  return sync_or_fail(fd, real);
}

static int read_fails(int fd) {
  char path[512];
  if (!faults || !faults->read.error || !is_ours(fd, path, sizeof path)) return 0;
  errno = strike(&faults->read);
  return errno;
}

ssize_t pread64(int fd, void* into, size_t size, off64_t offset) {
  REAL(pread64);
  return read_fails(fd) ? -1 : real(fd, into, size, offset);
}

ssize_t pread(int fd, void* into, size_t size, off_t offset) {
  return pread64(fd, into, size, offset);
}

ssize_t read(int fd, void* into, size_t size) {
  REAL(read);
  return read_fails(fd) ? -1 : real(fd, into, size);
}
