// Who is shut out, as the audit store has it: what a broker, and a command that works in its place,
// begins with. Blocking.
#pragma once

#include <memory>

#include "core/config/config.h"
#include "core/identity/access_book.h"

namespace sallyport::broker {

// The store has been opened, and so exists. On an error nobody may come in.
Result<std::unique_ptr<identity::AccessBook>> load_access(const config::Config& config);

}  // namespace sallyport::broker
