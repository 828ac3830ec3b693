#include "protocols/postgres/judge.h"

namespace sallyport::postgres {

bool Judge::ready(const Conversation& conversation) const {
  return !catalog_->due(readers_.clock.mono()) && conversation.bytes_to_judge() <= kReadHere;
}

net::Awaitable<void> Judge::prepare(const Conversation& conversation) {
  co_await readers_.catalogs.refresh(catalog_, session_);
  if (conversation.bytes_to_judge() <= kReadHere) co_return;
  std::function<void()> read = classifier_->read_ahead(conversation.to_judge());
  // Shared with the job, which may outlive this session.
  const net::OneShot<bool> over;
  std::function<void()> job = [read = std::move(read), over] {
    try {
      read();
    } catch (const std::bad_alloc&) {
      // What was not read is unknown.
    }
    over.set(true);
  };
  if (!readers_.workers.submit(std::move(job))) co_return;
  static_cast<void>(co_await over.wait());
}

}  // namespace sallyport::postgres
