// Messages onto the wire, in both directions (PostgreSQL §55.7). Each appends one whole message to
// `out`. Texts must hold no NUL: what comes from a message has none, and names that come from
// elsewhere are cut at theirs. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocols/postgres/wire.h"

namespace sallyport::postgres {

// What a server sends.
void encode_authentication(std::string& out, Authentication kind);
void encode_parameter_status(std::string& out, std::string_view name, std::string_view value);
void encode_key_data(std::string& out, const CancelKey& key);
void encode_ready(std::string& out, TransactionStatus status);
void encode_error(std::string& out, const ErrorFields& fields);
void encode_notice(std::string& out, const ErrorFields& fields);
void encode_empty_query(std::string& out);
void encode_close_complete(std::string& out);
// `minor` is the newest minor version we speak; `options` are the `_pq_.` names we do not know.
void encode_negotiate(std::string& out, std::uint32_t version,
                      const std::vector<std::string>& options);

// What a client sends.
void encode_ssl_request(std::string& out);
void encode_cancel(std::string& out, const CancelKey& key);
void encode_startup(std::string& out, std::uint32_t version, const Parameters& parameters);
void encode_password(std::string& out, std::string_view password);
void encode_sasl_initial(std::string& out, std::string_view mechanism, std::string_view first);
void encode_sasl_response(std::string& out, std::string_view response);
void encode_query(std::string& out, std::string_view text);
void encode_parse(std::string& out, std::string_view statement, std::string_view text);
// The messages that are a type and nothing else, or one text.
void encode_bare(std::string& out, char type);
void encode_copy_fail(std::string& out, std::string_view reason);

}  // namespace sallyport::postgres
