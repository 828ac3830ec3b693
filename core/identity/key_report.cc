#include "core/identity/key_report.h"

#include <algorithm>

#include "core/log/log.h"

namespace sallyport::identity {
namespace {

using Names = std::map<std::string, std::string>;

// Names of what is in `these` and not in `those`.
std::string missing_from(const Names& those, const Names& these) {
  std::string list;
  for (const auto& [thumbprint, name] : these) {
    if (!those.contains(thumbprint)) list += (list.empty() ? "" : ", ") + name;
  }
  return list;
}

}  // namespace

void KeyReport::keys(const std::string& issuer, const KeySet& set) {
  Names now;
  for (const KeySet::Key& key : set.keys()) now[key.thumbprint] = key.kid.value_or(key.thumbprint);
  std::string added;
  std::string removed;
  {
    const std::lock_guard lock(mutex_);
    Names& before = told_[issuer];
    added = missing_from(before, now);
    removed = missing_from(now, before);
    before = std::move(now);
  }
  if (added.empty() && removed.empty()) return;
  log::info("an issuer's keys changed",
            {{"issuer", issuer}, {"added", added}, {"removed", removed}});
  tell(issuer, {{"state", "changed"}, {"added", added}, {"removed", removed}});
}

void KeyReport::news(const std::string& issuer, KeySource::News news, const std::string& why) {
  switch (news) {
    case KeySource::News::kChanged:
      return;  // keys() tells which
    case KeySource::News::kOutage:
      log::warn("an issuer's keys cannot be fetched", {{"issuer", issuer}, {"why", why}});
      return tell(issuer, {{"state", "unreachable"}, {"why", why}});
    case KeySource::News::kRecovered:
      log::info("an issuer's keys can be fetched again", {{"issuer", issuer}});
      return tell(issuer, {{"state", "reachable"}});
    case KeySource::News::kLapsed:
      log::error("an issuer's keys have lapsed: its tokens are refused",
                 {{"issuer", issuer}, {"why", why}});
      return tell(issuer, {{"state", "lapsed"}, {"why", why}});
  }
}

void KeyReport::retain(const std::vector<std::string>& issuers) {
  const std::lock_guard lock(mutex_);
  std::erase_if(told_, [&](const auto& entry) {
    return std::find(issuers.begin(), issuers.end(), entry.first) == issuers.end();
  });
}

void KeyReport::tell(const std::string& issuer,
                     std::vector<std::pair<std::string, std::string>> fields) {
  if (!sink_) return;
  fields.insert(fields.begin(), {"issuer", issuer});
  sink_({"identity.keys", std::move(fields)});
}

}  // namespace sallyport::identity
