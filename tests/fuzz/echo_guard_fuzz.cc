// The echo guard: no text upsets it, every way to cut it gives the same, lengths stay, and a secret
// that stands in the text does not stand in what comes out.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "core/secrets/echo_guard.h"

using namespace sallyport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::array<std::string_view, 4> kSecrets = {
      "s3cret", "a%41+ \\u0041&#65;", "\\\\\\\\\"",
      "first line of it all\nsecond\xC3\xA9line of it all"};
  static const auto kGuard = secrets::make_echo_guard(kSecrets);
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = kGuard->apply(text);
  if (whole.size() != text.size()) std::abort();
  for (const std::string_view secret : kSecrets)
    if (whole.find(secret) != std::string::npos) std::abort();
  // The first byte says how long the pieces are.
  const std::size_t length = 1 + data[0] % 32;
  const auto stream = kGuard->open(TextFormat::kPlain);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += length)
    stream->feed(text.substr(at, length), out);
  stream->finish(out);
  if (out != whole) std::abort();
  return 0;
}
