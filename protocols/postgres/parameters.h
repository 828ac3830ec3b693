// What of an agent's start-up packet goes on to the target: parameters that change how values look
// or how long a statement may take, never what a statement means. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "protocols/postgres/startup_decoder.h"

namespace sallyport::postgres {

// "TARGET" or "TARGET/DB", from `database` or, as libpq does, from `user`.
struct WantedTarget {
  std::string target;
  std::string database;  // empty: the target's default
};
WantedTarget wanted_target(const StartupPacket& packet);

// The parameters for the target, `options` among them, client_encoding always. kUnsupported: one
// that is not passed on, with its name; a replication connection.
Result<Parameters> parameters_for_target(const StartupPacket& packet);

// "SALLYPORT SESSION SUBJECT NAME", cut to what PostgreSQL keeps: the database's own log joins
// ours.
std::string application_name(std::string_view session, std::string_view subject,
                             std::string_view agents_own);

}  // namespace sallyport::postgres
