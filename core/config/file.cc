#include "core/config/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace sallyport::config {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error failure(const char* what, int number) {
  return {number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kInvalid,
          fmt::format("{}: {}", what, std::generic_category().message(number))};
}

// Straight into the result: no chunk or outgrown buffer is left behind with a secret in it.
Result<std::string> read_all(int fd, std::size_t most_bytes) {
  std::string bytes(most_bytes + 1, '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::read(fd, bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("cannot be read", errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  if (have > most_bytes) {
    return Error{ErrorCode::kLimit, fmt::format("larger than {} bytes", most_bytes)};
  }
  bytes.resize(have);
  return bytes;
}

Result<std::string> read_checked(const std::string& path, std::size_t most_bytes, bool owner_only) {
  // Not blocking, so that a FIFO in place of the file does not hang the start; the checks look at
  // what was opened, not at what the name meant a moment before.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return failure("cannot be opened", errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failure("cannot be examined", errno);
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::kInvalid, "is not a regular file"};
  if (owner_only && (status.st_mode & 077) != 0) {
    return Error{ErrorCode::kInvalid,
                 fmt::format("can be read by others (mode {:04o}): chmod 600 it",
                             static_cast<unsigned>(status.st_mode & 07777))};
  }
  if (owner_only && status.st_uid != ::geteuid() && status.st_uid != 0) {
    return Error{ErrorCode::kInvalid, "belongs to another user: chown it to the broker's"};
  }
  return read_all(file.get(), most_bytes);
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most_bytes) {
  return read_checked(path, most_bytes, false);
}

Result<std::string> read_private_file(const std::string& path, std::size_t most_bytes) {
  return read_checked(path, most_bytes, true);
}

std::string resolve_path(const std::string& path, const std::string& directory) {
  const std::filesystem::path given(path);
  if (given.is_absolute()) return given.lexically_normal().string();
  return (std::filesystem::path(directory) / given).lexically_normal().string();
}

}  // namespace sallyport::config
