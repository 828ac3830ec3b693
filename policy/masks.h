// What the rules of one session mask together. Plain values and their compilation; pure.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/config/secret.h"
#include "policy/model.h"
#include "policy/shared_cache.h"

namespace sallyport::policy {

// Shared by the versions of a policy; null: there is none, and what is to be hashed is redacted.
using MaskKey = std::shared_ptr<const config::SecretBytes>;

class MaskSet {
 public:
  // Of what is wanted twice, the strictest holds.
  void add(const RuleMask& mask);

  // As in Masks::names.
  std::vector<std::string> names() const;

  // `known` has been checked. Nothing: it cannot be made, and no session may open without it.
  std::optional<Masks> compile(const std::vector<MaskPattern>& known, const MaskKey& key,
                               SharedCache<Masking>& cache) const;

 private:
  using Name = std::pair<MaskItem::Kind, std::string>;
  std::string texts_key() const;
  std::shared_ptr<const Masking> make_texts(const std::vector<MaskPattern>& known,
                                            const MaskKey& key) const;

  std::map<Name, MaskStyle> wanted_;
  // By `unreadable` and `derived`: whether a rule says so, and none says otherwise.
  std::optional<bool> pass_unreadable_;
  std::optional<bool> mask_derived_;
};

}  // namespace sallyport::policy
