// Coded content: no input upsets the decoders, every way to cut it gives the same, and what is made
// of it stays within the ratio.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "protocols/http/content_coding.h"
#include "protocols/http/limits.h"

using namespace sallyport::http;

namespace {

struct Decoded {
  std::string text;
  bool whole = false;
};

Decoded decode(const std::vector<Coding>& codings, std::string_view coded, std::size_t size) {
  ContentDecoder decoder(codings);
  Decoded out;
  for (std::size_t at = 0; at < coded.size(); at += size) {
    decoder.give(coded.substr(at, size));
    for (bool more = true; more;) {
      const std::size_t before = out.text.size();
      const sallyport::Result<bool> taken = decoder.take(out.text);
      if (!taken) return out;
      if (out.text.size() > before + kDecodedPiece) std::abort();
      more = *taken;
    }
  }
  if (out.text.size() > std::max<std::uint64_t>(kDecodedFree, (coded.size() + 1) * kDecodedRatio))
    std::abort();
  out.whole = decoder.finish().ok();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::vector<Coding> codings = {static_cast<Coding>(data[0] % 3)};
  if (data[0] & 4) codings.push_back(static_cast<Coding>((data[0] >> 3) % 3));
  const std::string_view coded(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Decoded whole = decode(codings, coded, coded.size() + 1);
  const Decoded cut = decode(codings, coded, 1 + data[1] % 16);
  // A bomb may be met earlier in pieces: the ratio is that of what has come.
  if (whole.whole && cut.whole && whole.text != cut.text) std::abort();
  if (cut.whole && !whole.whole) std::abort();
  return 0;
}
