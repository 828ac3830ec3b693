// The coroutine type of the shell code. This header and net/executor types are all of Asio that
// most files see: the sockets, timers and combinators stay in the few .cc files of core/net, which
// keeps a file with many coroutines at about a second of compile time.
//
// Rules (GCC 12): no capturing lambda is a coroutine; no lambda and no temporary with a destructor
// in the same expression as co_await: name it first.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

namespace sallyport::net {

using Executor = asio::io_context::executor_type;

template <class T>
using Awaitable = asio::awaitable<T, Executor>;

}  // namespace sallyport::net
