// What `policy eval`, `explain` and `test` share beside their inputs: --schema, and what they can
// judge that the broker does not carry out yet.
#pragma once

#include <memory>

#include "core/config/yaml.h"
#include "policy/compile.h"
#include "protocols/postgres/sql/catalog.h"
#include "tools/cli/command.h"

namespace sallyport::commands {

inline constexpr policy::Support kJudged{.approve = true};

cli::Option schema_option();

// The catalog of --schema FILE; one that knows nothing when the option is absent. Null after a
// problem.
std::shared_ptr<const postgres::sql::Catalog> load_schema(const cli::Arguments& arguments,
                                                          config::Problems& problems);

}  // namespace sallyport::commands
