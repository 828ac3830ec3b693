// The words of the policy language: which facts a rule may test, which values some of them have,
// and how globs treat them. One table over all protocols, so that a protocol adds rows here and no
// code. Immutable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::policy {

// Where a fact's values come from.
enum class FactKind {
  // Known when a session opens, the same for all of its commands.
  kTarget,
  kProtocol,
  kGroup,
  kIssuer,
  kSubject,
  kActor,
  // Known for each command.
  kAction,
  kObject,
  kText,
  kTime,
  kAttribute,  // Command::attributes by name
};

inline bool is_constant(FactKind kind) { return kind <= FactKind::kActor; }

struct FactSpec {
  std::string_view name;  // or, for a family such as http.header.NAME, its prefix with the dot
  FactKind kind = FactKind::kAttribute;
  bool family = false;     // the rule adds a name of its own
  bool fold_name = false;  // that name is compared without case (RFC 9110 §5.1)
  char separator = '\0';   // where `*` stops; NUL: nowhere
  // A qualifier that a pattern may leave out: `orders` also matches "public.orders".
  std::string_view home = {};
  // Values are columns: one that ends in ".*" stands for columns that nobody could name, and a
  // pattern for any of them neither surely matches it nor surely fails.
  bool columns = false;
  // A command that has this fact is denied unless an allow or approve rule names the fact.
  bool must_be_named = false;
  // Nothing produces the fact in this version: a deny rule on it would never bite, so it is
  // refused.
  bool produced = true;
  // A credential by its nature: never a fact, so that it is never recorded. Not produced either.
  bool withheld = false;
};

const std::vector<FactSpec>& all_facts();

// A fact as a rule names it, with the family's part in its canonical case.
struct FactName {
  const FactSpec* spec = nullptr;
  std::string name;
};
std::optional<FactName> find_fact(std::string_view name);

// Names for suggestions: facts, families as "http.header.NAME"; none that is withheld.
std::vector<std::string> fact_names(bool produced_only);

struct ObjectType {
  std::string_view name;
  char separator = '\0';
  bool produced = true;
};
const ObjectType* find_object_type(std::string_view name);
std::vector<std::string> object_type_names();

std::vector<std::string> protocol_names();

}  // namespace sallyport::policy
