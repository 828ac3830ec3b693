// Tells the log and the audit store what becomes of the issuers' keys: once for each change, never
// for each fetch. The events are `identity.keys` of docs/audit-log.md. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/identity/key_set.h"
#include "core/identity/key_source.h"
#include "core/recorder.h"

namespace sallyport::identity {

class KeyReport {
 public:
  using Sink = std::function<void(const Event&)>;

  // The sink, which may be empty, is called on the thread of whoever calls.
  explicit KeyReport(Sink sink) : sink_(std::move(sink)) {}

  // The keys in force of an issuer; what differs from the last time is told.
  void keys(const std::string& issuer, const KeySet& set);
  // An outage of the issuer's provider, its end, or that it outlasted the keys.
  void news(const std::string& issuer, KeySource::News news, const std::string& why);
  // The issuers in force: what was told of others is forgotten.
  void retain(const std::vector<std::string>& issuers);

 private:
  void tell(const std::string& issuer, std::vector<std::pair<std::string, std::string>> fields);

  const Sink sink_;
  std::mutex mutex_;
  std::map<std::string, std::map<std::string, std::string>> told_;  // issuer: thumbprint: name
};

}  // namespace sallyport::identity
