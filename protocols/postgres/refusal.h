// What an agent is told when it does not get what it asked for, as PostgreSQL tells it: an
// ErrorResponse with the SQLSTATE that drivers understand, and the one object of every refusal
// (INTERFACE section 3) as its DETAIL. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/gate.h"
#include "core/result.h"
#include "protocols/postgres/wire.h"

namespace sallyport::postgres {

// Of a command or unit.
ErrorFields error_for(const Refusal& refusal);

// Of a connection, which ends with it: severity FATAL.
ErrorFields fatal(std::string_view sqlstate, std::string message);
// Nobody we know: without a reason, which would help only somebody who tries tokens.
ErrorFields fatal_for_login(bool shown);
// Opening a session was refused: kDenied, kLimit or kNotRecorded. A target that does not exist and
// one without a role get the same answer, so that names cannot be probed.
ErrorFields fatal_for_session(const Error& error, const std::string& target);
// The target was not reached, or does not take the broker's login. The error's detail names hosts
// inside, so only its code is told, and the server's SQLSTATE (empty: it said none) where that is
// about what the agent asked for.
ErrorFields fatal_for_upstream(const Error& error, std::string_view sqlstate,
                               const std::string& session);
// The session has ended while the connection was open.
ErrorFields fatal_for_end(const std::string& reason, const std::string& session);

}  // namespace sallyport::postgres
