// What of a command's payloads (bodies, values, results) the audit store keeps: set for the
// deployment, a target or a role.
#pragma once

namespace sallyport {

// From the one that keeps most to the one that keeps least.
enum class RecordPayloads { kFull, kHead, kNone };

}  // namespace sallyport
