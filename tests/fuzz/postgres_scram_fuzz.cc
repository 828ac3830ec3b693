// A server's SCRAM messages: no input upsets the client, and none without the password is believed.
#include <cstdint>
#include <cstdlib>

#include "protocols/postgres/scram.h"

using namespace sallyport::postgres;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static ScramKeyCache cache;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t half = std::min<std::size_t>(data[0], bytes.size());
  // Our nonce is the base64 of twelve zero bytes; iterations cost time, so few may be asked for.
  const std::string_view first = bytes.substr(0, half);
  const std::size_t count = first.find(",i=");
  if (count != std::string_view::npos && first.size() - count > 7) return 0;
  ScramClient client(std::string(12, '\0'), {}, (data[0] & 1) != 0, cache);
  static_cast<void>(client.answer(first, "a password that no input knows: 5b1c9f07"));
  if (client.verify(bytes.substr(half))) std::abort();
  return 0;
}
