// Limits of the sockets' layer, each with its unit and its reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace sallyport::net {

// Often enough that a watchdog that looks every second sees a healthy thread move.
inline constexpr std::chrono::milliseconds kHeartbeat{250};
// A peer that is always ready would keep the thread for itself: after so many reads or writes that
// did not have to wait, the others get a turn.
inline constexpr unsigned kTurn = 64;
// Parts of one sendmsg call. Far under IOV_MAX, and 1 KiB of stack.
inline constexpr std::size_t kGather = 64;
// Plain bytes per TLS record (RFC 8446 §5.1).
inline constexpr std::size_t kTlsRecord = 16'384;
// Input buffer of a TLS connection at rest, and while records stream in: a record with its header,
// IV, tag and padding (RFC 5246 §6.2.3) twice over.
inline constexpr std::size_t kTlsIdleInput = 2'048;
inline constexpr std::size_t kTlsBusyInput = 2 * (kTlsRecord + 5 + 2'048);
// Output that reading makes (KeyUpdate answers, alerts) and that waits for our next write. A peer
// that asks for more without taking any is not honest.
inline constexpr std::size_t kTlsUnsentByReader = 8'192;
// Client contexts kept by a dialer, one per distinct TLS setting: beyond it the cache starts over.
inline constexpr std::size_t kClientContexts = 256;
// One address of many gets at least this much of a dial's time, so that a dead one does not use it
// up.
inline constexpr std::chrono::milliseconds kLeastConnectTime{250};
// Addresses tried per dial.
inline constexpr std::size_t kAddressesTried = 16;
// Waiting connections of a listener; the kernel cuts it to net.core.somaxconn.
inline constexpr int kBacklog = 1'024;
// Connections one acceptor takes before others of its thread get a turn.
inline constexpr unsigned kAcceptTurn = 16;
// A full house is logged at most this often.
inline constexpr std::chrono::seconds kRefusalLogPause{1};

}  // namespace sallyport::net
