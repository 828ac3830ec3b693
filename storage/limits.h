// Limits of the audit store, each with its unit and its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sallyport::storage {

// Records waiting for the writer: every session of a full broker may have several in flight.
inline constexpr std::size_t kQueueRecords = 65'536;
// Their bytes together. Beyond it payload() waits and other records are refused.
inline constexpr std::size_t kQueueBytes = 32u << 20;
// What payload() leaves free of that for records that cannot wait.
inline constexpr std::size_t kQueueReserve = 8u << 20;
// Records in one transaction: bounds how long the last of a full queue waits behind the first.
inline constexpr std::size_t kBatchRecords = 8'192;
// One payload row, before compression: large enough for zstd, small enough to hold in memory.
inline constexpr std::size_t kChunkBytes = 64u << 10;
// Payloads smaller than this are not compressed: zstd gains little and costs microseconds.
inline constexpr std::size_t kCompressFrom = 512;
// Names in one list of a leaf (touched things, groups, roles); more objects are counted, not named.
inline constexpr std::size_t kLeafNames = 1'000;
// Bytes of one name; a longer one is cut and ends in an ellipsis.
inline constexpr std::size_t kLeafName = 1'024;
// Bytes of one text for people (a reason, a detail, a field of an event).
inline constexpr std::size_t kLeafText = 16u << 10;
// Facts of one event.
inline constexpr std::size_t kLeafFields = 64;
// Text and attributes of one command, as a payload.
inline constexpr std::size_t kCommandBytes = 4u << 20;
// Chunks of one command that no leaf names yet; then a `payload.chunks` leaf names them.
inline constexpr std::size_t kChunksPerLeaf = 64;
inline constexpr std::chrono::seconds kChunksLeafAge{10};
// Payload numbers of one run of the broker: the run's own number stands above these bits, so that a
// number is never given out twice in the life of a store.
inline constexpr unsigned kRunBits = 40;
// How long the store may lag in noting up to where all payloads are named by leaves; what a start
// looks through.
inline constexpr std::chrono::seconds kMarkInterval{1};
// Payload numbers are given out by many threads and reach the disk nearly in order: by so much they
// may not.
inline constexpr std::uint64_t kMarkSlack = 4'096;
// How long a queued payload may wait for company, in time and bytes: with kBusyOutcomeDelay no more
// than 250 ms (ARCHITECTURE "Streams").
inline constexpr std::chrono::milliseconds kPayloadDelay{230};
inline constexpr std::size_t kPayloadFlushBytes = 64u << 10;
// An outcome waits this long, so that the next intent of the same client shares its commit.
inline constexpr std::chrono::milliseconds kOutcomeDelay{2};
// … and, while intents keep coming, this much longer.
inline constexpr std::chrono::milliseconds kBusyOutcomeDelay{18};
// Uncompressed payload bytes kept per session unless configured otherwise.
inline constexpr std::uint64_t kSessionPayloadBytes = 256ull << 20;
// The write-ahead log is extended to this size once: growing it costs half of the commit rate.
inline constexpr std::size_t kWalBytes = 16u << 20;
// Frames of 4 KiB in the write-ahead log after which the writer checkpoints between batches: few,
// so that no batch waits long for a checkpoint.
inline constexpr int kCheckpointFrames = 256;
// An outside program may hold SQLite's write lock this long before records are refused.
inline constexpr std::chrono::milliseconds kBusy{5'000};
// The same for the attempt to write again, which repeats this often.
inline constexpr std::chrono::milliseconds kProbeBusy{100};
inline constexpr std::chrono::milliseconds kProbeInterval{500};
// How long the structural check at start may take; a larger database is checked as far as that
// goes.
inline constexpr std::chrono::milliseconds kStartCheck{1'000};
// Leaves at the end of the log that the start recomputes.
inline constexpr std::uint64_t kStartLeaves = 256;
// Commands that a repair after a failure completes; beyond it the next start does it.
inline constexpr std::size_t kLostOutcomes = 65'536;
// Least bytes of key material.
inline constexpr std::size_t kKeyBytes = 16;
// Bytes of a sealed secret: a long certificate chain with its key.
inline constexpr std::size_t kSecretValue = 64u << 10;
// Sealed secrets in force: each is kept in memory, and every change looks at all names.
inline constexpr std::size_t kSecrets = 10'000;
// Wrapped keys that a change of `secrets.key` looks at in one transaction: a millisecond's work, so
// that no intent waits long behind it.
inline constexpr std::size_t kRotationRows = 256;
// A store that is down during such a change is tried again this often.
inline constexpr std::chrono::seconds kRotationRetry{1};
// Problems that one verification reports before it stops collecting.
inline constexpr std::size_t kProblems = 1'000;

}  // namespace sallyport::storage
