// The data types of SSH (RFC 4251 §5) as keys and certificates use them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::identity {

// Takes fields off the front. After the first one that is not there every read gives nothing, and
// ok() is false. What it returns views the input.
class SshReader {
 public:
  explicit SshReader(std::string_view bytes) : rest_(bytes) {}
  std::string_view string();
  std::uint32_t u32();
  std::uint64_t u64();
  // A positive number in its shortest form: its big-endian bytes.
  std::string_view positive();
  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view take(std::size_t size);
  std::string_view rest_;
  bool ok_ = true;
};

void append_ssh_u32(std::string& out, std::uint32_t value);
void append_ssh_u64(std::string& out, std::uint64_t value);
void append_ssh_string(std::string& out, std::string_view bytes);

// base64 with padding (RFC 4648 §4), as in authorized_keys files; strict.
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace sallyport::identity
