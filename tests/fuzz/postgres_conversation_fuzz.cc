// A session's talk with both sides hostile: no order of messages upsets it, and what was refused or
// never decided does not go to the server.
#include <cstdint>
#include <cstdlib>

#include "tests/postgres/talk.h"

using namespace sallyport::postgres;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Talk talk;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  while (bytes.size() > 2) {
    // A byte says who speaks and whether units wait, the next one how much.
    const auto who = static_cast<std::uint8_t>(bytes[0]);
    const std::size_t said =
        std::min<std::size_t>(static_cast<std::uint8_t>(bytes[1]), bytes.size() - 2);
    const std::string_view spoken = bytes.substr(2, said);
    bytes.remove_prefix(2 + said);
    const std::string out = (who & 1) != 0 ? talk.agent(spoken) : talk.server(spoken);
    if (out.find("error") != std::string::npos) return 0;
  }
  static_cast<void>(talk.conversation.unfinished());
  return 0;
}
