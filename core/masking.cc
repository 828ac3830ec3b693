#include "core/masking.h"

namespace sallyport {

std::string Masking::apply(std::string_view text, TextFormat format, std::uint64_t* masked) const {
  std::string out;
  std::unique_ptr<MaskStream> stream = open(format);
  stream->feed(text, out);
  stream->finish(out);
  if (masked != nullptr) *masked += stream->masked();
  return out;
}

}  // namespace sallyport
