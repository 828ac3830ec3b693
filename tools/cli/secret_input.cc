#include "tools/cli/secret_input.h"

#include <openssl/crypto.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "core/config/file.h"
#include "core/config/limits.h"

namespace sallyport::cli {
namespace {

// No echo, and no signals: one in the middle would leave the terminal without echo.
class Hushed {
 public:
  Hushed() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  Hushed(const Hushed&) = delete;
  Hushed& operator=(const Hushed&) = delete;
  ~Hushed() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  bool ok() const { return changed_; }

 private:
  termios before_{};
  bool changed_ = false;
};

Result<config::SecretBytes> ask(Io& io, std::string_view prompt) {
  constexpr char kInterrupt = 3;
  io.err << prompt << std::flush;
  std::string line;
  line.reserve(config::kSecretBytes);  // so that no outgrown copy stays behind
  std::getline(io.in, line);
  io.err << '\n';
  config::SecretBytes out(std::move(line));
  if (!io.in || out.view().find(kInterrupt) != std::string_view::npos)
    return Error{ErrorCode::kInvalid, "cancelled"};
  return out;
}

Result<config::SecretBytes> ask_twice(Io& io) {
  const Hushed hushed;
  if (!hushed.ok()) return Error{ErrorCode::kInvalid, "the terminal's echo cannot be switched off"};
  auto first = ask(io, "Value: ");
  if (!first) return first;
  auto second = ask(io, "Again: ");
  if (!second) return second;
  if (first->view() != second->view())
    return Error{ErrorCode::kInvalid, "the two values are not the same"};
  return first;
}

Result<config::SecretBytes> read_stream(std::istream& in) {
  std::string bytes(config::kSecretBytes + 2, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const auto have = static_cast<std::size_t>(in.gcount());
  const config::SecretBytes all(std::move(bytes));
  return config::SecretBytes(std::string(config::without_line_end(all.view().substr(0, have))));
}

Result<config::SecretBytes> read_whole(const std::string& file) {
  auto bytes = config::read_file(file, config::kSecretBytes);
  if (!bytes) return Error{bytes.error().code, file + " " + bytes.error().detail};
  const config::SecretBytes all(std::move(*bytes));
  return config::SecretBytes(std::string(config::without_line_end(all.view())));
}

}  // namespace

Result<config::SecretBytes> read_secret_value(Io& io, const std::string& file) {
  const bool terminal = &io.in == &std::cin && isatty(STDIN_FILENO) == 1;
  auto value = !file.empty() ? read_whole(file) : terminal ? ask_twice(io) : read_stream(io.in);
  if (!value) return value;
  if (value->view().empty()) return Error{ErrorCode::kInvalid, "the value is empty"};
  if (value->view().size() > config::kSecretBytes)
    return Error{ErrorCode::kLimit, "the value is larger than 64 KiB"};
  return value;
}

}  // namespace sallyport::cli
