#include "tests/storage/fault_vfs.h"

#include <sqlite3.h>

#include <cstring>
#include <new>

namespace sallyport::test {
namespace {

Faults g_faults;

// What SQLite allocates for each open file: ours, then the real one behind it.
struct File {
  sqlite3_file base;
  bool hit;  // faults apply to this file
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* own(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* real(sqlite3_file* file) { return own(file)->real(); }
const sqlite3_io_methods* methods(sqlite3_file* file) { return real(file)->pMethods; }

int x_close(sqlite3_file* f) { return methods(f)->xClose(real(f)); }
int x_read(sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
  if (own(f)->hit && g_faults.read_error) return SQLITE_IOERR_READ;
  return methods(f)->xRead(real(f), to, n, at);
}
int x_write(sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
  if (own(f)->hit && g_faults.disk_full) return SQLITE_FULL;
  if (own(f)->hit && g_faults.write_error) return SQLITE_IOERR_WRITE;
  return methods(f)->xWrite(real(f), from, n, at);
}
int x_truncate(sqlite3_file* f, sqlite3_int64 n) { return methods(f)->xTruncate(real(f), n); }
int x_sync(sqlite3_file* f, int flags) {
  ++g_faults.syncs;
  if (own(f)->hit && g_faults.failing_syncs > 0) {
    --g_faults.failing_syncs;
    return SQLITE_IOERR_FSYNC;
  }
  return methods(f)->xSync(real(f), flags);
}
int x_size(sqlite3_file* f, sqlite3_int64* n) { return methods(f)->xFileSize(real(f), n); }
int x_lock(sqlite3_file* f, int level) { return methods(f)->xLock(real(f), level); }
int x_unlock(sqlite3_file* f, int level) { return methods(f)->xUnlock(real(f), level); }
int x_reserved(sqlite3_file* f, int* out) { return methods(f)->xCheckReservedLock(real(f), out); }
int x_control(sqlite3_file* f, int op, void* arg) {
  return methods(f)->xFileControl(real(f), op, arg);
}
int x_sector(sqlite3_file* f) { return methods(f)->xSectorSize(real(f)); }
int x_device(sqlite3_file* f) { return methods(f)->xDeviceCharacteristics(real(f)); }
int x_shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return methods(f)->xShmMap(real(f), page, size, extend, out);
}
int x_shm_lock(sqlite3_file* f, int offset, int n, int flags) {
  return methods(f)->xShmLock(real(f), offset, n, flags);
}
void x_shm_barrier(sqlite3_file* f) { methods(f)->xShmBarrier(real(f)); }
int x_shm_unmap(sqlite3_file* f, int remove) { return methods(f)->xShmUnmap(real(f), remove); }

// Version 2: without memory-mapped reads, which would go round the faults.
constexpr sqlite3_io_methods kMethods = {
    2,          x_close,       x_read,      x_write,   x_truncate, x_sync,   x_size,
    x_lock,     x_unlock,      x_reserved,  x_control, x_sector,   x_device, x_shm_map,
    x_shm_lock, x_shm_barrier, x_shm_unmap, nullptr,   nullptr};

int x_open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
  auto* below = static_cast<sqlite3_vfs*>(vfs->pAppData);
  File* mine = own(file);
  std::memset(mine, 0, sizeof(File));
  int status = below->xOpen(below, name, mine->real(), flags, out);
  if (mine->real()->pMethods == nullptr) return status;
  mine->base.pMethods = &kMethods;
  mine->hit = name != nullptr &&
              (g_faults.only.empty() || std::strstr(name, g_faults.only.c_str()) != nullptr);
  return status;
}

sqlite3_vfs* install() {
  sqlite3_vfs* below = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs layer;
  layer = *below;
  layer.zName = "sallyport-faults";
  layer.pNext = nullptr;
  layer.szOsFile = static_cast<int>(sizeof(File)) + below->szOsFile;
  layer.pAppData = below;
  layer.xOpen = x_open;
  sqlite3_vfs_register(&layer, 1);
  return &layer;
}

}  // namespace

Faults& faults() {
  static sqlite3_vfs* layer = install();
  static_cast<void>(layer);
  return g_faults;
}

}  // namespace sallyport::test
