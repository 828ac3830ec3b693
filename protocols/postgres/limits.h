// Limits of PostgreSQL, each with its unit and its reason. Bytes unless the name says otherwise.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sallyport::postgres {

// A start-up packet: PostgreSQL's own bound (MAX_STARTUP_PACKET_LENGTH).
inline constexpr std::size_t kStartupBytes = 10'000;
// Parameters of one start-up packet: libpq sends about 15.
inline constexpr std::size_t kStartupParameters = 64;
// SSLRequest and GSSENCRequest, each once; more is somebody who tries.
inline constexpr int kStartupPackets = 3;
// A cancel key: protocol 3.2 allows up to 256.
inline constexpr std::size_t kCancelKeyBytes = 256;
// A password message: PostgreSQL's own bound (PG_MAX_AUTH_TOKEN_LENGTH).
inline constexpr std::size_t kPasswordBytes = 65'535;

// What any message may have at most: PostgreSQL's own bound (PQ_LARGE_MESSAGE_LIMIT).
inline constexpr std::uint32_t kLargestMessage = 0x3fff'ffff - 1;
// Messages that only name things: PostgreSQL's own bound (PQ_SMALL_MESSAGE_LIMIT).
inline constexpr std::uint32_t kSmallMessage = 10'000;
// A message up to this size is read whole before anything is done with it: a statement that can be
// judged (1 MiB of text) with its names.
inline constexpr std::uint32_t kWholeStatement = (1u << 20) + 1'024;
// A piece of COPY data up to this size is read whole.
inline constexpr std::uint32_t kWholeData = 32u << 10;
// A row up to this size is read whole, and then recorded with its values.
inline constexpr std::uint32_t kWholeRow = 1u << 20;
// Other messages of a server (descriptions, notices, errors): 1,664 columns with long names fit.
inline constexpr std::uint32_t kWholeOther = 1u << 20;
// The first piece of a message that is not read whole: names and formats are in it.
inline constexpr std::size_t kStreamHead = 16u << 10;

// A name of a statement or portal: PostgreSQL keeps 63 of it; drivers' own are shorter.
inline constexpr std::size_t kNameBytes = 1'024;
// Prepared statements, and portals, of one session: what a pool of an application reaches in days.
inline constexpr std::size_t kNamedStatements = 10'000;
// Text of all prepared statements of a session: they are judged again at each use.
inline constexpr std::size_t kStatementTexts = 16u << 20;
// What a unit of the extended protocol may hold before it is decided, and sent without an end.
inline constexpr std::size_t kUnitMessages = 1'000;
inline constexpr std::size_t kUnitBytes = 1u << 20;

// The buffers of a session in each direction: the loss of a relay is wake-ups and small writes.
inline constexpr std::size_t kBuffer = 64u << 10;
// What an idle session keeps.
inline constexpr std::size_t kIdleBuffer = 4u << 10;

// From the first byte to AuthenticationOk: PostgreSQL's own authentication_timeout.
inline constexpr std::chrono::seconds kLoginDeadline{60};
// Reaching the target with TLS and login.
inline constexpr std::chrono::seconds kConnectDeadline{15};
// The longest time one write to an agent may take: an application may work on a row for a while
// before it reads the next one.
inline constexpr std::chrono::minutes kWriteStall{10};
// The last words to both sides of a session that ends.
inline constexpr std::chrono::seconds kFarewell{1};
// How long a target may take for its answer to a cancel request, which is to close.
inline constexpr std::chrono::seconds kCancelDeadline{5};

// SCRAM iterations that we compute for a server: PostgreSQL's default is 4,096. More than this is
// a server that wants to keep us busy.
inline constexpr std::uint32_t kScramIterations = 1'000'000;
inline constexpr std::uint32_t kLeastScramIterations = 4'096;  // RFC 7677 §4
inline constexpr std::size_t kScramMessage = 4'096;
// Derived SCRAM keys kept: one per target and credential.
inline constexpr std::size_t kScramKeys = 256;

// A target's catalog: rows of 100,000 tables with their columns, and the bytes of as many.
inline constexpr std::size_t kCatalogRows = 1'000'000;
inline constexpr std::size_t kCatalogBytes = 64u << 20;
// Reading it, from the connection to the last row.
inline constexpr std::chrono::seconds kCatalogDeadline{30};
// Making sense of what was read.
inline constexpr std::chrono::seconds kCatalogWork{10};
// How long a login or a statement waits for it.
inline constexpr std::chrono::seconds kCatalogPatience{2};
// How long one is believed, when nobody has defined anything through the broker; and after what
// time a target is asked again that did not answer.
inline constexpr std::chrono::minutes kCatalogAge{1};
inline constexpr std::chrono::seconds kCatalogRetry{30};
// Databases whose catalog is kept. A target may have several.
inline constexpr std::size_t kCatalogs = 256;

// A unit with more text than this to be judged is read off the I/O threads: 16 KiB cost up to 30
// ms.
inline constexpr std::size_t kReadHere = 16u << 10;
// The threads that read them, and how many units wait for one before further ones are refused.
inline constexpr unsigned kReadingThreads = 2;
inline constexpr std::size_t kWaitingUnits = 256;

// What is kept of one bind value in a record, and of all of one statement's.
inline constexpr std::size_t kRecordedValue = 64u << 10;
inline constexpr std::size_t kRecordedValues = 256u << 10;
// Digits of a numeric in binary that are written out, at each side of its point: eight bytes may
// stand for 131,072.
inline constexpr int kNumericDigits = 4'000;
// Rows of a result that are kept where only heads are.
inline constexpr std::uint64_t kHeadRows = 100;
// application_name: PostgreSQL cuts it at NAMEDATALEN.
inline constexpr std::size_t kApplicationName = 63;

}  // namespace sallyport::postgres
