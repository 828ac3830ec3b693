// `init`: a configuration that runs as it is, with keys of its own.
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/rand.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ostream>

#include "core/identity/dev_issuer.h"
#include "tools/cli/text.h"
#include "tools/commands/commands.h"
#include "tools/commands/starter.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

constexpr mode_t kPrivate = 0600;
constexpr mode_t kPublic = 0644;

std::string why() { return std::strerror(errno); }

Result<void> make_directory(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  return Error{ErrorCode::kUnavailable, path + ": cannot be made: " + why()};
}

// Fails when there is anything at `path`, also a dangling link: nothing is ever overwritten.
Result<void> write_new_file(const std::string& path, std::string_view content, mode_t mode) {
  int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (file < 0) return Error{ErrorCode::kUnavailable, path + ": cannot be written: " + why()};
  Result<void> out;
  while (!content.empty() && out) {
    ssize_t n = write(file, content.data(), content.size());
    if (n > 0) content.remove_prefix(static_cast<std::size_t>(n));
    if (n < 0 && errno != EINTR)
      out = Error{ErrorCode::kUnavailable, path + ": cannot be written: " + why()};
  }
  if (close(file) != 0 && out)
    out = Error{ErrorCode::kUnavailable, path + ": cannot be written: " + why()};
  return out;
}

std::string user_name(unsigned uid) {
  const passwd* entry = getpwuid(uid);
  return entry != nullptr && *entry->pw_name != '\0' ? entry->pw_name : fmt::format("uid-{}", uid);
}

// 32 random bytes in hexadecimal: the key that the store's payloads are encrypted with.
Result<std::string> new_symmetric_key_hex() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    return Error{ErrorCode::kInternal, "OpenSSL cannot make a key"};
  std::string out;
  for (unsigned char byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

struct NewFile {
  std::string name;
  std::string content;
  mode_t mode;
};

Result<std::vector<NewFile>> new_files() {
  auto issuer_key = identity::make_dev_key();
  if (!issuer_key) return issuer_key.error();
  auto store_key = new_symmetric_key_hex();
  if (!store_key) return store_key.error();
  return std::vector<NewFile>{
      {"sallyport.yaml", starter_config(getuid(), user_name(getuid())), kPublic},
      {"policy.yaml", std::string(starter_policy()), kPublic},
      {"keys/dev_issuer.pem", *issuer_key, kPrivate},
      {"keys/secrets.key", *store_key + '\n', kPrivate},
  };
}

Result<void> write_all(const std::string& directory, const std::vector<NewFile>& files) {
  for (const NewFile& file : files) {
    struct stat ignored {};
    std::string path = directory + '/' + file.name;
    if (lstat(path.c_str(), &ignored) == 0)
      return Error{ErrorCode::kInvalid, path + ": exists already; name a folder without it"};
  }
  for (auto [name, mode] : {std::pair{"", 0755}, std::pair{"/data", 0700}, std::pair{"/run", 0755},
                            std::pair{"/keys", 0700}})
    if (auto made = make_directory(directory + name, static_cast<mode_t>(mode)); !made) return made;
  for (const NewFile& file : files)
    if (auto written = write_new_file(directory + '/' + file.name, file.content, file.mode);
        !written)
      return written;
  return {};
}

int init(const Arguments& arguments, Io& io) {
  std::string directory = arguments.text("DIR");
  auto files = new_files();
  if (!files) return cli::fail(io, cli::kUsage, "init: " + files.error().detail);
  auto written = write_all(directory, *files);
  if (!written) return cli::fail(io, cli::kUsage, "init: " + written.error().detail);
  std::string shown = cli::printable_line(directory);
  io.out << "wrote";
  for (const NewFile& file : *files) io.out << ' ' << shown << '/' << file.name;
  io.out << fmt::format(
      "\n\nnext:\n"
      "  sallyport serve --config {0}/sallyport.yaml\n"
      "  sallyport token issue --config {0}/sallyport.yaml --subject agent-1 --group agents\n",
      shown);
  return cli::kDone;
}

}  // namespace

std::vector<cli::Command> init_commands() {
  return {{"init",
           "Write a commented starter configuration, a policy and generated keys",
           "The configuration runs as it is: it listens on loopback, with a development issuer and "
           "the calling user as the admin. Nothing that exists is overwritten.",
           {{"DIR", "the folder to write to; made when it does not exist"}},
           {},
           "sallyport init broker",
           init}};
}

}  // namespace sallyport::commands
