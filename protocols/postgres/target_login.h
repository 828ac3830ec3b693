// The broker's login at a PostgreSQL target (PostgreSQL §55.2.1): TLS by SSLRequest, the start-up
// packet, SCRAM or what else the target's configuration allows, until the server is ready. Made for
// one dial; runs on one thread. The password is wiped by who brings it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/upstream.h"
#include "protocols/postgres/scram.h"
#include "protocols/postgres/target_settings.h"
#include "protocols/postgres/wire.h"

namespace sallyport::postgres {

struct LoginParts {
  std::string host;  // of the endpoint, for its certificate
  const PostgresTarget& settings;
  std::string_view password;  // empty: none
  Parameters parameters;      // the user is added
  ScramKeyCache& scram_keys;
  std::vector<std::string> words;  // that may be said later
};

class TargetLogin final : public Greeting {
 public:
  explicit TargetLogin(LoginParts parts) : parts_(std::move(parts)) {}

  // kUnauthenticated: the server refuses us, or does not prove that it is the one. What the server
  // said, if it said anything, is in refusal(): for the log.
  net::Awaitable<Result<std::unique_ptr<net::Stream>>> greet(
      std::unique_ptr<net::Stream> stream, std::shared_ptr<const net::TlsContext> tls) override;
  std::vector<std::string> own_words() const override { return parts_.words; }

  const std::optional<ErrorFields>& refusal() const { return refusal_; }
  // What the server reports of itself, in its order, and how to cancel what runs.
  const Parameters& status() const { return status_; }
  const CancelKey& key() const { return key_; }

 private:
  class Reader;
  net::Awaitable<Result<void>> log_in(Reader& reader);
  net::Awaitable<Result<void>> authenticate(Reader& reader, std::string_view request);
  net::Awaitable<Result<void>> scram(Reader& reader, std::string_view mechanisms);
  Result<std::string> plain_answer(Authentication kind, std::string_view rest) const;
  Result<void> note(char type, std::string_view body, bool& ready);

  LoginParts parts_;
  bool proven_ = false;  // the exchange that the configuration asks for has taken place
  std::optional<ErrorFields> refusal_;
  Parameters status_;
  CancelKey key_;
};

// Tells a target to cancel what runs under a key, on a connection of its own.
class TargetCancel final : public Greeting {
 public:
  TargetCancel(std::string host, CancelKey key) : host_(std::move(host)), key_(std::move(key)) {}
  net::Awaitable<Result<std::unique_ptr<net::Stream>>> greet(
      std::unique_ptr<net::Stream> stream, std::shared_ptr<const net::TlsContext> tls) override;

 private:
  const std::string host_;
  const CancelKey key_;
};

}  // namespace sallyport::postgres
