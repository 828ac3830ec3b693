// Asio's types with our one executor, for the few .cc files of this folder that talk to Asio.
#pragma once

#include <asio/basic_waitable_timer.hpp>
#include <asio/error.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>

#include "core/net/awaitable.h"

namespace sallyport::net {

using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>;
// Owns a file descriptor and tells when it is ready; the system calls are made by ourselves.
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

inline constexpr asio::use_awaitable_t<Executor> kAwait;

}  // namespace sallyport::net
