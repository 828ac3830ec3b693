#include "core/net/stream.h"

#include <array>

namespace sallyport::net {

Awaitable<Result<void>> Stream::write(std::span<const std::byte> bytes) {
  std::array<std::span<const std::byte>, 1> parts = {bytes};
  co_return co_await write(std::span<const std::span<const std::byte>>(parts));
}

Awaitable<Result<void>> Stream::write(std::string_view text) {
  return write(std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace sallyport::net
