// What a compiled policy consists of; shared, immutable. Only for this folder.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/compile.h"
#include "policy/masks.h"
#include "policy/model.h"
#include "policy/program.h"
#include "policy/shared_cache.h"
#include "policy/slot_table.h"
#include "policy/term.h"

namespace sallyport::policy {

struct CompiledPolicy::Data {
  std::string id;
  Model model;
  SlotTable slots;
  std::vector<CompiledTest> tests;
  std::vector<NamedFact> named;
  std::vector<Term> conditions;                        // by rule
  std::vector<Term> mask_conditions;                   // by rule; of one without a mask: nothing
  std::vector<std::vector<std::uint32_t>> role_rules;  // by role: numbers of rules
  MaskKey mask_key;
  // The only things that change.
  mutable SharedCache<SessionPolicy> bound;
  mutable SharedCache<Masking> maskings;
};

// `id` names the policy version. The model has been checked.
std::shared_ptr<const CompiledPolicy::Data> compile_model(Model model, std::string id);

// Numbers of the roles that the scope holds, in the order of the files.
std::vector<std::size_t> held_roles(const Model& model, const Scope& scope);

// The same for a principal, with what gives it each of them.
std::vector<Grant> grants_of(const Model& model, const Principal& principal,
                             std::string_view target);

// The names that must be named for this command to pass.
NameMask required_names(const CompiledPolicy::Data& data, const FactView& view);

// The rule has a mask, and what is known of the scope does not rule it out. Other facts count as if
// they held: a mask is there before a command is.
bool mask_holds(const CompiledPolicy::Data& data, std::uint32_t rule, const FactView& constants);

// Null when no role is held.
std::shared_ptr<const SessionPolicy> bind_roles(std::shared_ptr<const CompiledPolicy::Data> data,
                                                const Scope& scope);

}  // namespace sallyport::policy
