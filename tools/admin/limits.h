// Limits of the admin interface, each with its unit and its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sallyport::admin {

// Open admin connections: people and a scraper, not agents.
inline constexpr std::uint32_t kAdminConnections = 64;
// Lines that wait for one reader of the live tail; a reader further behind is dropped.
inline constexpr std::size_t kTailQueueLines = 4'096;
// An empty line goes to each reader of the tail this often, so that one that is gone is noticed.
inline constexpr std::chrono::seconds kTailHeartbeat{15};
// An idle connection is kept this long, and a request may take as long to arrive: a scraper comes
// every 15 to 60 seconds.
inline constexpr std::chrono::seconds kAdminIdle{75};
// What a peer may take to accept an answer or a batch of the tail.
inline constexpr std::chrono::seconds kAdminWrite{30};
// A request body: the largest is a secret's value.
inline constexpr std::size_t kAdminBodyBytes = 64u << 10;
// One text of a query or a JSON body: a reason, a name.
inline constexpr std::size_t kParameterBytes = 1'024;
// What the record of a call keeps of its path.
inline constexpr std::size_t kRecordedPathBytes = 1'024;
// Events of acts that did not wait for the store, while it takes none: people act by hand.
inline constexpr std::size_t kLateEvents = 1'024;
// What a client of ours waits for an answer that is not a stream, in seconds.
inline constexpr long kClientTimeoutSeconds = 30;
// What a client of ours takes as one answer.
inline constexpr std::size_t kClientAnswerBytes = 64u << 20;
// Readings of the store for callers that wait for the one thread that reads.
inline constexpr std::size_t kStoreReadings = 16;

}  // namespace sallyport::admin
