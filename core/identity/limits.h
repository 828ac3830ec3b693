// Limits of the identity part, each with its unit and its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/identity/rate_limit.h"

namespace sallyport::identity {

// Bytes of a token: a few hundred groups fit, and it has to fit into a request's head.
inline constexpr std::size_t kTokenBytes = 16u << 10;
// Levels of JSON in a header, in claims and in a key set; a delegation chain needs the most.
inline constexpr std::size_t kJsonDepth = 16;
// Values in one such document: what 1 MiB of single digits would cost in memory.
inline constexpr std::size_t kJsonValues = 50'000;
// Bytes of a name in a token (subject, actor, group, key id): OpenID Connect Core §2 has 255 for
// `sub`.
inline constexpr std::size_t kNameBytes = 255;
// Groups of one token.
inline constexpr std::size_t kGroups = 1'000;
// Actors on whose hands a subject runs (RFC 8693 §4.1).
inline constexpr std::size_t kActors = 8;
// Bytes of what a refused token claimed that are kept for the log.
inline constexpr std::size_t kClaimedBytes = 256;
// How far apart an issuer's clock and ours may be (RFC 7519 §4.1.4: "no more than a few minutes").
inline constexpr std::chrono::seconds kClockSkew{60};

// Bytes of a key set: some hundreds of keys with their certificates.
inline constexpr std::size_t kKeySetBytes = 1u << 20;
inline constexpr std::size_t kKeys = 256;
// Bits of an RSA modulus: below, RFC 7518 §3.3 refuses; above, a verification costs too much.
inline constexpr int kLeastRsaBits = 2'048;
inline constexpr int kMostRsaBits = 8'192;

// Bytes of a discovery document: those of large providers have 2 to 8 KiB.
inline constexpr std::size_t kDiscoveryBytes = 256u << 10;

// Fetching one document, from the name's resolution to the last byte.
inline constexpr std::chrono::seconds kFetchDeadline{10};
// The same while a login waits for it: a client's patience is shorter.
inline constexpr std::chrono::seconds kWantedFetchDeadline{3};
// Logins that wait for one fetch; one more is refused at once.
inline constexpr std::size_t kWaitingLogins = 1'000;
// How old a fetched key set gets when its answer does not say how long it is fresh.
inline constexpr std::chrono::seconds kRefreshInterval{600};
// An answer that is to be fetched again sooner than this is not: the load is ours to bound.
inline constexpr std::chrono::seconds kLeastRefresh{60};
// At most one fetch for an unknown key id in this time: anybody can invent key ids.
inline constexpr std::chrono::seconds kUnknownKeyInterval{30};
// The first retry of a fetch that failed, and the longest time between two: short enough that a
// provider that comes back is used again before anybody asks why it is not.
inline constexpr std::chrono::milliseconds kFirstRetry{1'000};
inline constexpr std::chrono::seconds kMostRetry{60};
// How long a start or a reload waits for the first fetch of new key sets.
inline constexpr std::chrono::seconds kFirstFetchWait{3};

// Accepted tokens remembered, over all shards, and how many shards keep threads from one lock.
inline constexpr std::size_t kCachedTokens = 65'536;
inline constexpr std::size_t kCacheShards = 64;

// Identities and addresses whose failed logins are counted, and as many that are locked: some MB.
// Beyond it the count that was unused the longest is forgotten, and nobody more is locked.
inline constexpr std::size_t kGuardedLogins = 65'536;
// Refusals that are answered at once, of one identity at one address and of one address: a client
// that tries an old token before it fetches a new one loses no time.
inline constexpr std::uint32_t kFreeRefusals = 3;
inline constexpr std::uint32_t kFreeRefusalsOfAddress = 20;
// How long the next one's answer waits; doubled with each, up to what a client still waits for.
inline constexpr std::chrono::milliseconds kFirstRefusalDelay{100};
inline constexpr std::chrono::milliseconds kLongestRefusalDelay{4'000};
// Answers that wait at a time; others go out at once, so that nobody can use up the connections.
inline constexpr std::uint32_t kWaitingRefusals = 1'000;

// Identities that are disabled at a time: each live session is held against them.
inline constexpr std::size_t kDisabledIdentities = 100'000;
// Characters of a reason that a person gives.
inline constexpr std::size_t kAccessReasonBytes = 1'024;

// A ticket is for a login that follows at once; longer ones are for slow clients and poolers.
inline constexpr std::chrono::seconds kTicketLifetime{60};
inline constexpr std::chrono::seconds kMostTicketLifetime{15 * 60};
// Uses of one ticket: a pooler's connections.
inline constexpr std::uint32_t kTicketUses = 100;
// Tickets outstanding, of all subjects and of one: each costs about a kilobyte of memory.
inline constexpr std::size_t kTickets = 50'000;
inline constexpr std::uint32_t kTicketsPerSubject = 1'000;
// A certificate is for a login that follows soon; a client that works longer asks again.
inline constexpr std::chrono::seconds kCertificateLifetime{5 * 60};
inline constexpr std::chrono::seconds kMostCertificateLifetime{10 * 60};
// Principals of one certificate: OpenSSH takes no more.
inline constexpr std::size_t kCertificatePrincipals = 256;
// Critical options, and extensions: OpenSSH defines eight.
inline constexpr std::size_t kCertificateOptions = 32;
// Bytes of an SSH public key: RSA of 8192 bits; and of a certificate: with 256 long names.
inline constexpr std::size_t kSshKeyBytes = 4u << 10;
inline constexpr std::size_t kCertificateBytes = 128u << 10;
// Parameters of a token request: RFC 8693 §2.1 has nine.
inline constexpr std::size_t kFormParameters = 32;
// Exchanges: an agent that starts a command in parallel on hundreds of hosts asks once for each.
inline constexpr Rate kExchangesOfSubject{200, 1'000, 65'536};
// Of one address: many agents may be behind it.
inline constexpr Rate kExchangesOfAddress{1'000, 5'000, 65'536};
// Bytes of an identity that is written down to be brought back: has to fit into one field of an
// event.
inline constexpr std::size_t kPrincipalBytes = 15u << 10;

}  // namespace sallyport::identity
