#include "core/config/run_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "core/config/limits.h"

namespace sallyport::config {
namespace {

using Time = std::chrono::steady_clock::time_point;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  void set(int fd) {
    close();
    fd_ = fd;
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// What a child is started with: its own group, no inherited signal settings and descriptors.
class SpawnSettings {
 public:
  explicit SpawnSettings(int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A running child: killed with its group and reaped on every way out.
class Child {
 public:
  explicit Child(pid_t pid)
      : pid_(pid), exited_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) reap();
  }
  // Readable once the child has exited; -1 on a kernel without such descriptors.
  int exit_descriptor() const { return exited_.get(); }
  // Ends what is left of the group; the wait status of the child. It is reaped last, so that its
  // group's number cannot be another's yet.
  int reap() {
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
  Descriptor exited_;
};

int milliseconds_until(Time end) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
  return left.count() < 0 ? 0 : static_cast<int>(left.count());
}

Error timed_out() { return {ErrorCode::kTimeout, "did not end before its deadline"}; }

// Reads to the end of the output, or to the exit of the child when something it started has kept
// the pipe open.
Result<void> read_output(int output, const Child& child, Time end, std::string& into,
                         std::size_t& have) {
  for (bool exited = false;;) {
    std::array<pollfd, 2> ready = {pollfd{output, POLLIN, 0},
                                   pollfd{exited ? -1 : child.exit_descriptor(), POLLIN, 0}};
    const int got = ::poll(ready.data(), ready.size(), exited ? 0 : milliseconds_until(end));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return exited ? Result<void>() : timed_out();
    if (ready[0].revents != 0) {
      if (have == into.size())
        return Error{ErrorCode::kLimit, fmt::format("wrote more than {} bytes", kSecretBytes)};
      const ssize_t count = ::read(output, into.data() + have, into.size() - have);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return {};
      have += static_cast<std::size_t>(count);
    } else {
      exited = true;
    }
  }
}

// A program may close its output early and go on.
Result<void> await_exit(const Child& child, Time end) {
  if (child.exit_descriptor() < 0) return {};
  pollfd exited{child.exit_descriptor(), POLLIN, 0};
  for (;;) {
    const int got = ::poll(&exited, 1, milliseconds_until(end));
    if (got > 0) return {};
    if (got == 0) return timed_out();
  }
}

Result<pid_t> start(const std::vector<std::string>& words, int output) {
  std::vector<std::string> owned = words;
  std::vector<char*> arguments;
  for (std::string& word : owned) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  std::array<char*, 2> environment = {path.data(), nullptr};
  const SpawnSettings settings(output);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, arguments.front(), settings.actions(),
                                   settings.attributes(), arguments.data(), environment.data());
  if (failed != 0)
    return Error{ErrorCode::kNotFound, "cannot be run: " + std::generic_category().message(failed)};
  return pid;
}

}  // namespace

Result<SecretBytes> run_secret_command(const std::vector<std::string>& words,
                                       std::chrono::milliseconds deadline) {
  const Time end = std::chrono::steady_clock::now() + deadline;
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
    return Error{ErrorCode::kUnavailable, "cannot be run: no pipe can be made"};
  const Descriptor output(pipe[0]);
  Descriptor input(pipe[1]);
  auto pid = start(words, input.get());
  if (!pid) return pid.error();
  Child child(*pid);
  input.close();
  std::string bytes(kSecretBytes + 1, '\0');
  std::size_t have = 0;
  Result<void> read = read_output(output.get(), child, end, bytes, have);
  if (read) read = await_exit(child, end);
  const int status = child.reap();
  SecretBytes all(std::move(bytes));
  if (!read) return read.error();
  if (have > kSecretBytes)
    return Error{ErrorCode::kLimit, fmt::format("wrote more than {} bytes", kSecretBytes)};
  if (!WIFEXITED(status))
    return Error{ErrorCode::kUnavailable, fmt::format("was ended by signal {}", WTERMSIG(status))};
  if (WEXITSTATUS(status) != 0)
    return Error{ErrorCode::kUnavailable, fmt::format("ended with status {}", WEXITSTATUS(status))};
  SecretBytes secret(std::string(without_line_end(all.view().substr(0, have))));
  if (secret.view().empty()) return Error{ErrorCode::kInvalid, "wrote nothing"};
  return secret;
}

}  // namespace sallyport::config
