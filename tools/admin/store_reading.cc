#include "tools/admin/store_reading.h"

#include "core/net/one_shot.h"

namespace sallyport::admin {
namespace {

ApiReply unavailable(std::string_view detail) {
  return problem(503, "Service Unavailable", detail);
}

}  // namespace

net::Awaitable<ApiReply> read_store(const StorePlace& place, StoreRead read) {
  net::OneShot<ApiReply> done;
  // Made before there may be no memory for it.
  ApiReply failed = unavailable("the store cannot be read now");
  std::function<void()> job = [done, failed, path = place.path, read = std::move(read)]() mutable {
    try {
      auto reader = storage::StoreReader::open(path);
      auto body = reader ? read(**reader) : Result<std::string>(reader.error());
      ApiReply reply;
      if (body) reply.body = *std::move(body);
      done.set(body ? std::move(reply) : unavailable(body.error().detail));
    } catch (const std::bad_alloc&) {
      done.set(std::move(failed));
    }
  };
  if (!place.readers.submit(std::move(job)))
    co_return unavailable("too many readings of the store wait already");
  co_return co_await done.wait();
}

}  // namespace sallyport::admin
