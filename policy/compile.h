// Policy files (docs/policy.md) compiled into an immutable object that decides. The entry to this
// folder: the broker, `sallyport check` and `sallyport policy` call compile() with the files' bytes
// and share what comes back among all threads. Pure: no files, no clock, no log.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/secret.h"
#include "core/config/yaml.h"
#include "core/policy.h"
#include "policy/explain.h"
#include "policy/scope.h"

namespace sallyport::policy {

// What the caller can carry out. What it cannot is a problem, never ignored.
struct Support {
  bool approve = false;
};

// One policy file: its name for messages, and its bytes.
struct Source {
  std::string file;
  std::string text;
};

class CompiledPolicy final : public Policy {
 public:
  struct Data;
  explicit CompiledPolicy(std::shared_ptr<const Data> data);
  ~CompiledPolicy() override;

  // SHA-256 of the file's bytes in hex; of several files, SHA-256 over their digests in order.
  const std::string& id() const override;
  std::vector<Grant> grants(const Principal& principal, std::string_view target) const override;
  std::shared_ptr<const SessionPolicy> bind(const Principal& principal, std::string_view target,
                                            std::string_view protocol) const override;
  // What of it is probably not meant where the targets speak these protocols.
  void find_target_doubts(const std::set<std::string>& protocols, config::Problems& warnings) const;
  // The same policy for a deployment: what it hashes is hashed with this key. Without one it is
  // redacted.
  std::shared_ptr<const CompiledPolicy> with_mask_key(config::SecretBytes key) const;
  // The same for a scope with unknown members. Null when no role is held.
  std::shared_ptr<const SessionPolicy> bind_scope(const Scope& scope) const;
  // What each rule saw and said, and the decision; slow, for people.
  Explanation explain(const Command& command, const Scope& scope, WallTime now) const;

  std::size_t role_count() const;
  std::size_t rule_count() const;

 private:
  std::shared_ptr<const Data>
      data_;  // shared with the sessions bound to it, which may outlive a reload
};

// Merges the files: roles and rules of all, an id or a role name that stands twice is a problem.
// Any problem makes the result null, never a partial policy. `warnings`, when given, takes what is
// allowed and probably not meant.
std::shared_ptr<const CompiledPolicy> compile(const std::vector<Source>& sources,
                                              config::Problems& problems,
                                              config::Problems* warnings = nullptr,
                                              const Support& support = {});

}  // namespace sallyport::policy
