// Values in binary, of any type: no input upsets the reader, and what it writes stays within a
// multiple of what came.
#include <cstdint>
#include <cstdlib>

#include "protocols/postgres/limits.h"
#include "protocols/postgres/types.h"

using namespace sallyport::postgres;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  std::uint32_t type = 0;
  for (int i = 0; i < 4; ++i) type = type << 8 | data[i];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 4, size - 4);
  const auto text = text_of_binary(type, bytes);
  // An array of numerics whose elements are 8 bytes behind a length is the widest.
  if (text && text->size() > 64 + bytes.size() * std::size_t{kNumericDigits}) std::abort();
  if (type_name(type).empty()) std::abort();
  return 0;
}
