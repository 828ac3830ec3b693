#include "core/net/prefixed_stream.h"

#include <algorithm>
#include <cstring>

namespace sallyport::net {
namespace {

class PrefixedStream final : public Stream {
 public:
  PrefixedStream(std::unique_ptr<Stream> stream, std::string bytes)
      : stream_(std::move(stream)), bytes_(std::move(bytes)) {}

  using Stream::write;

  Awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override {
    if (used_ == bytes_.size()) co_return co_await stream_->read_some(into);
    const std::size_t taken = std::min(into.size(), bytes_.size() - used_);
    std::memcpy(into.data(), bytes_.data() + used_, taken);
    used_ += taken;
    co_return taken;
  }
  Awaitable<Result<void>> write(std::span<const std::span<const std::byte>> parts) override {
    return stream_->write(parts);
  }
  Awaitable<Result<void>> shutdown_send() override { return stream_->shutdown_send(); }
  void set_read_deadline(std::optional<MonoTime> at) override { stream_->set_read_deadline(at); }
  void set_write_deadline(std::optional<MonoTime> at) override { stream_->set_write_deadline(at); }
  void close() override { stream_->close(); }
  bool idle_and_open() const override { return used_ == bytes_.size() && stream_->idle_and_open(); }
  Executor executor() const override { return stream_->executor(); }
  std::string peer_address() const override { return stream_->peer_address(); }
  std::optional<unsigned> peer_uid() const override { return stream_->peer_uid(); }
  std::string crypto() const override { return stream_->crypto(); }
  std::string channel_binding() const override { return stream_->channel_binding(); }
  std::string alpn() const override { return stream_->alpn(); }

 private:
  std::unique_ptr<Stream> stream_;
  std::string bytes_;
  std::size_t used_ = 0;
};

}  // namespace

std::unique_ptr<Stream> put_back(std::unique_ptr<Stream> stream, std::string bytes) {
  if (bytes.empty()) return stream;
  return std::make_unique<PrefixedStream>(std::move(stream), std::move(bytes));
}

}  // namespace sallyport::net
