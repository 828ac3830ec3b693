// Settings of a session (PostgreSQL §20): which changes leave the meaning of statements as it is,
// and what the others do to it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/postgres/sql/facts.h"

namespace sallyport::postgres::sql {

// The server compares names without case.
std::string setting_name(std::string_view name);

// `name` as setting_name() gives it; `value` absent: unknown or the default.
bool is_harmless_change(std::string_view name, const std::optional<std::string>& value);

// What a change that is not harmless leaves behind for later statements.
std::vector<StateChange> changes_of_setting(std::string_view name,
                                            const std::optional<std::string>& value);

}  // namespace sallyport::postgres::sql
