// A stream of which some bytes were already read, to find out which protocol it speaks: they come
// back first. Everything else is the stream's own.
#pragma once

#include <memory>
#include <string>

#include "core/net/stream.h"

namespace sallyport::net {

// Gives `stream` itself back when there is nothing to put before it.
std::unique_ptr<Stream> put_back(std::unique_ptr<Stream> stream, std::string bytes);

}  // namespace sallyport::net
