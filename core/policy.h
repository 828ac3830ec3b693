// The port to the policy engine (implemented in policy/). Both classes are immutable once made and
// may be used by any number of threads at once; a reload makes a new Policy and swaps it in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/command.h"
#include "core/decision.h"
#include "core/masking.h"
#include "core/principal.h"
#include "core/record_payloads.h"

namespace sallyport {

// The rules of all roles that a principal holds on a target: what one session is judged by.
class SessionPolicy {
 public:
  virtual ~SessionPolicy() = default;
  // The roles that opened the session, by name, in the order the policy lists them; never empty.
  virtual const std::vector<std::string>& roles() const = 0;
  // Digest of the policy version (hex), as recorded with each decision.
  virtual const std::string& policy_id() const = 0;
  // Pure: the same command at the same time gets the same decision.
  virtual Decision decide(const Command& command, WallTime now) const = 0;
  // What is masked in everything that goes back to the agent: the masks of all rules together.
  virtual const Masks& masks() const = 0;
  // What is kept of payloads, where a role says it; else it is the target's to say.
  virtual std::optional<RecordPayloads> record_payloads() const = 0;
};

// A role, and what of the principal gave it: "group agents", "subject agent-7".
struct Grant {
  std::string role;
  std::string via;
};

class Policy {
 public:
  virtual ~Policy() = default;
  virtual const std::string& id() const = 0;
  // Where the roles come from that bind() gives the principal on the target, for the record.
  virtual std::vector<Grant> grants(const Principal& principal, std::string_view target) const = 0;
  // Null when no role of this policy lets the principal open a session on the target: denied.
  virtual std::shared_ptr<const SessionPolicy> bind(const Principal& principal,
                                                    std::string_view target,
                                                    std::string_view protocol) const = 0;
};

// The policy in force. Shared by every thread; replace() takes effect on the next command.
class PolicySource {
 public:
  virtual ~PolicySource() = default;
  virtual std::shared_ptr<const Policy> current() const = 0;  // never null
};

}  // namespace sallyport
