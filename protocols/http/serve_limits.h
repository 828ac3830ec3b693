// Limits of serving and forwarding HTTP, each with its unit and its reason. What one message may
// hold is in limits.h.
#pragma once

#include <chrono>
#include <cstddef>

namespace sallyport::http {

// An HTTP session ends this long after its last request (INTERFACE section 2).
inline constexpr std::chrono::seconds kSessionIdle{300};

// A new connection without a byte of its first request: browsers open some ahead, not for long.
inline constexpr std::chrono::seconds kFirstByte{30};
// From the first byte of a head to its end: a client that needs longer holds a connection hostage.
inline constexpr std::chrono::seconds kHeadDeadline{10};
// A kept-alive connection without a request; nginx's own default.
inline constexpr std::chrono::seconds kKeepAliveIdle{75};
// The longest silence within a request body, and the longest time one write to an agent may take.
inline constexpr std::chrono::seconds kBodySilence{60};
inline constexpr std::chrono::seconds kWriteStall{60};
// An answer is sent while the agent still sends its body: how long and how much is still read, so
// that the agent sees the answer and not a reset (RFC 9112 §9.6).
inline constexpr std::chrono::seconds kLinger{2};
inline constexpr std::size_t kLingerBytes = 1u << 20;
// An agent that ended its sending side may still wait for the answer (`nc -N`) or be gone: an
// answer that has not begun by then is given up.
inline constexpr std::chrono::seconds kHalfCloseGrace{3};
// How often waiting exchanges are looked at for an agent that went away.
inline constexpr std::chrono::milliseconds kWatchInterval{500};

// A target's answer, unless its settings say otherwise: the first byte, and silence within.
inline constexpr std::chrono::seconds kResponseDeadline{60};
inline constexpr std::chrono::seconds kResponseSilence{300};
inline constexpr std::chrono::seconds kConnectDeadline{10};
// A WebSocket on which nothing is said, not even a ping; one that waits for news may wait as long
// as any session may be idle.
inline constexpr std::chrono::minutes kWebSocketSilence{30};
// Once one side or the broker has closed it, how long the others may be silent before they do.
inline constexpr std::chrono::seconds kWebSocketClosing{5};
// Informational answers (1xx) before the real one: more is a target gone wrong.
inline constexpr int kInterimResponses = 16;

// What an idle connection keeps: most requests fit, and 10,000 of them cost 40 MB.
inline constexpr std::size_t kSmallBuffer = 4 * 1024;
// A response's head with a small body.
inline constexpr std::size_t kMediumBuffer = 16 * 1024;
// Bodies are relayed through one of these per direction.
inline constexpr std::size_t kLargeBuffer = 64 * 1024;
// Buffers of one size kept for reuse by one thread.
inline constexpr std::size_t kKeptBuffers = 64;

// A refused request's body up to this size is read to its end so that the connection can go on.
inline constexpr std::size_t kDrainBytes = 64 * 1024;

// Idle connections to one target kept by one thread, and for how long: below the 60-75 s after
// which servers commonly close them, so that few requests meet a connection that is just closing.
inline constexpr std::size_t kIdleUpstreams = 256;
inline constexpr std::chrono::seconds kUpstreamIdle{30};

// A token request: a token, an SSH key and names, escaped.
inline constexpr std::size_t kTokenFormBytes = 64 * 1024;

}  // namespace sallyport::http
