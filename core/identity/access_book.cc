#include "core/identity/access_book.h"

#include "core/identity/limits.h"

namespace sallyport::identity {

AccessBook::AccessBook(std::vector<DisabledIdentity> known) {
  for (DisabledIdentity& one : known) {
    Key key{one.subject, one.issuer};
    orders_.insert_or_assign(std::move(key), std::move(one));
  }
  empty_ = orders_.empty();
}

Result<void> AccessBook::disable(DisabledIdentity identity) {
  Key key{identity.subject, identity.issuer};
  const std::lock_guard lock(mutex_);
  if (orders_.size() >= kDisabledIdentities && !orders_.contains(key)) {
    return Error{ErrorCode::kLimit,
                 "too many identities are disabled; take them out of the policy "
                 "or of the identity provider instead"};
  }
  orders_.insert_or_assign(std::move(key), std::move(identity));
  empty_ = false;
  ++version_;
  return {};
}

std::vector<DisabledIdentity> AccessBook::orders(const std::string& subject,
                                                 const std::string& issuer) const {
  std::vector<DisabledIdentity> out;
  const std::lock_guard lock(mutex_);
  for (auto it = orders_.lower_bound({subject, issuer});
       it != orders_.end() && it->first.first == subject; ++it) {
    if (issuer.empty() || it->first.second == issuer) out.push_back(it->second);
  }
  return out;
}

void AccessBook::enable(const std::vector<DisabledIdentity>& orders) {
  const std::lock_guard lock(mutex_);
  for (const DisabledIdentity& one : orders) {
    const auto found = orders_.find({one.subject, one.issuer});
    if (found != orders_.end() && found->second.since == one.since) orders_.erase(found);
  }
  empty_ = orders_.empty();
  ++version_;
}

const DisabledIdentity* AccessBook::find(const std::string& subject,
                                         const std::string& issuer) const {
  for (const std::string& of : {std::string(), issuer}) {
    if (const auto found = orders_.find({subject, of}); found != orders_.end())
      return &found->second;
  }
  return nullptr;
}

std::optional<DisabledIdentity> AccessBook::shuts_out(const Principal& principal) const {
  if (empty_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (const auto* order = find(principal.subject, principal.issuer)) return *order;
  for (const std::string& actor : principal.actors) {
    if (const auto* order = find(actor, principal.issuer)) return *order;
  }
  return std::nullopt;
}

std::vector<DisabledIdentity> AccessBook::list() const {
  std::vector<DisabledIdentity> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, one] : orders_) out.push_back(one);
  return out;
}

}  // namespace sallyport::identity
