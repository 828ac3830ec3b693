// The packets that open a connection: no input upsets the reader, a packet is the same however much
// comes behind it, and what goes on to a target is only what the allow-list has.
#include <cstdint>
#include <cstdlib>

#include "protocols/postgres/parameters.h"

using namespace sallyport::postgres;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto decoded = decode_opening(bytes);
  if (!decoded || !*decoded) return 0;
  if ((*decoded)->used > size) std::abort();
  const auto again = decode_opening(bytes.substr(0, (*decoded)->used));
  if (!again || !*again || (*again)->used != (*decoded)->used) std::abort();
  const auto* startup = std::get_if<StartupPacket>(&(*decoded)->packet);
  if (startup == nullptr) return 0;
  static_cast<void>(wanted_target(*startup));
  const auto passed = parameters_for_target(*startup);
  if (!passed) return 0;
  for (const auto& [name, value] : *passed)
    if (name == "search_path" || name == "role" || name == "replication" || name == "user")
      std::abort();
  return 0;
}
