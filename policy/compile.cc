#include "policy/compile.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <map>

#include "policy/data.h"
#include "policy/lint.h"
#include "policy/mask_lint.h"
#include "policy/reader.h"

namespace sallyport::policy {
namespace {

std::string sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

// Of one file what sha256sum prints, so that people can compare; of several, the digest of their
// digests, which no other division into files shares.
std::string policy_id(const std::vector<Source>& sources) {
  std::string digests;
  for (const Source& source : sources) digests += sha256(source.text);
  const std::string digest = sources.size() == 1 ? digests : sha256(digests);
  std::string hex;
  for (char c : digest) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

// A refusal always says something.
std::string reason_of(const Rule& rule) {
  if (!rule.reason.empty()) return rule.reason;
  switch (rule.effect) {
    case Verdict::kDeny:
      return fmt::format("Rule {} denies this.", rule.id);
    case Verdict::kApprove:
      return fmt::format("Rule {} asks for approval.", rule.id);
    case Verdict::kAllow:
      return "";
  }
  return "";
}

}  // namespace

std::shared_ptr<const CompiledPolicy::Data> compile_model(Model model, std::string id) {
  auto data = std::make_shared<CompiledPolicy::Data>();
  data->id = std::move(id);
  data->model = std::move(model);
  TestCatalog catalog(data->slots);
  std::map<std::string, std::uint32_t> numbers;
  for (Rule& rule : data->model.rules) {
    numbers.emplace(rule.id, static_cast<std::uint32_t>(data->conditions.size()));
    rule.reason = reason_of(rule);
    data->conditions.push_back(catalog.make_term(rule));
    data->mask_conditions.push_back(rule.mask.empty() ? Term{} : catalog.make_mask_term(rule));
  }
  for (const Role& role : data->model.roles) {
    std::vector<std::uint32_t>& rules = data->role_rules.emplace_back();
    for (const RuleReference& reference : role.rules) {
      const auto found = numbers.find(reference.id);
      if (found != numbers.end()) rules.push_back(found->second);
    }
  }
  data->tests = catalog.tests();
  data->named = catalog.named();
  return data;
}

std::shared_ptr<const CompiledPolicy> compile(const std::vector<Source>& sources,
                                              config::Problems& problems,
                                              config::Problems* warnings, const Support& support) {
  const std::size_t before = problems.list().size();
  Model model;
  for (const Source& source : sources)
    read_policy(source.text, source.file, support, model, problems);
  check_model(model, problems);
  if (problems.list().size() != before) return nullptr;
  if (warnings != nullptr) find_doubts(model, *warnings);
  return std::make_shared<const CompiledPolicy>(
      compile_model(std::move(model), policy_id(sources)));
}

CompiledPolicy::CompiledPolicy(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
CompiledPolicy::~CompiledPolicy() = default;

const std::string& CompiledPolicy::id() const { return data_->id; }
std::size_t CompiledPolicy::role_count() const { return data_->model.roles.size(); }
std::size_t CompiledPolicy::rule_count() const { return data_->model.rules.size(); }

std::vector<Grant> CompiledPolicy::grants(const Principal& principal,
                                          std::string_view target) const {
  return grants_of(data_->model, principal, target);
}

std::shared_ptr<const SessionPolicy> CompiledPolicy::bind(const Principal& principal,
                                                          std::string_view target,
                                                          std::string_view protocol) const {
  return bind_scope(Scope::of(principal, target, protocol));
}

void CompiledPolicy::find_target_doubts(const std::set<std::string>& protocols,
                                        config::Problems& warnings) const {
  find_idle_columns(data_->model, protocols, warnings);
}

std::shared_ptr<const CompiledPolicy> CompiledPolicy::with_mask_key(config::SecretBytes key) const {
  auto data = std::make_shared<Data>(*data_);
  data->mask_key = std::make_shared<const config::SecretBytes>(std::move(key));
  return std::make_shared<const CompiledPolicy>(std::move(data));
}

std::shared_ptr<const SessionPolicy> CompiledPolicy::bind_scope(const Scope& scope) const {
  return bind_roles(data_, scope);
}

}  // namespace sallyport::policy
