// Stored records: no bytes upset the decoder, and what it accepts is exactly what the encoder
// writes.
#include <cstdint>
#include <cstdlib>

#include "storage/leaf.h"
#include "storage/text.h"
#include "storage/tree_check.h"

using namespace sallyport::storage;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto leaf = decode_leaf(bytes);
  if (leaf && encode_leaf(*leaf) != bytes) std::abort();
  auto command = decode_command(bytes);
  if (command) {
    auto again = decode_command(encode_command(command->text, command->attributes));
    if (!again || again->text != command->text) std::abort();
  }
  const std::string clean = clean_text(bytes, 100);
  if (clean.size() > 100 || clean_text(clean, 100) != clean) std::abort();
  // Rows of any content in a store: the check of the tree says no, and ends.
  TreeCheck check([](std::uint64_t, std::string) {});
  std::string_view rest = bytes;
  for (std::uint64_t n = 0; rest.size() > 40; ++n) {
    const std::size_t take = static_cast<unsigned char>(rest[0]);
    if (!check.row(n + (take % 3 == 0 ? 1 : 0), rest.substr(1, take), rest.substr(0, 32))) break;
    rest.remove_prefix(std::min(rest.size(), take + 1));
    n = check.size();
  }
  check.root();
  return 0;
}
