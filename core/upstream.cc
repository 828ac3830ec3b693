#include "core/upstream.h"

namespace sallyport {

Upstream::Upstream(std::unique_ptr<net::Stream> stream, std::vector<std::string> own_words)
    : stream_(std::move(stream)), own_words_(std::move(own_words)) {}
Upstream::~Upstream() = default;

net::Awaitable<Result<void>> Upstream::send(const Permit&,
                                            std::span<const std::span<const std::byte>> parts) {
  return stream_->write(parts);
}

net::Awaitable<Result<void>> Upstream::send(const StreamPermit& permit,
                                            std::span<const std::span<const std::byte>> parts) {
  auto allowed = permit.check();
  if (!allowed) co_return allowed.error();
  co_return co_await stream_->write(parts);
}

net::Awaitable<Result<void>> Upstream::say(std::size_t own_word) {
  if (own_word >= own_words_.size()) broken_invariant("the greeting left no such word");
  return stream_->write(std::string_view(own_words_[own_word]));
}

net::Awaitable<Result<std::size_t>> Upstream::read_some(std::span<std::byte> into) {
  return stream_->read_some(into);
}

void Upstream::set_read_deadline(std::optional<MonoTime> at) { stream_->set_read_deadline(at); }
void Upstream::set_write_deadline(std::optional<MonoTime> at) { stream_->set_write_deadline(at); }
void Upstream::close() { stream_->close(); }
bool Upstream::idle_and_open() const { return stream_->idle_and_open(); }
std::string Upstream::peer_address() const { return stream_->peer_address(); }
std::string Upstream::crypto() const { return stream_->crypto(); }

}  // namespace sallyport
