// Reads the audit store for routes that list what is in it: on a thread that may wait for the disk.
#pragma once

#include <functional>
#include <string>

#include "core/net/runtime.h"
#include "storage/reader.h"
#include "tools/admin/route.h"

namespace sallyport::admin {

// Borrowed, and alive as long as the routes.
struct StorePlace {
  std::string path;  // of the main database that is open, whatever a reload names
  net::WorkerPool& readers;
};

// What `read` returns is the body of the reply; 503 when the store cannot be read, or too many
// readings wait.
using StoreRead = std::function<Result<std::string>(storage::StoreReader&)>;
net::Awaitable<ApiReply> read_store(const StorePlace& place, StoreRead read);

}  // namespace sallyport::admin
