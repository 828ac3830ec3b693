#include <fmt/format.h>

#include "core/json_writer.h"
#include "tools/commands/starter.h"

namespace sallyport::commands {
namespace {

constexpr std::string_view kBeforeAdmin =
    R"(# The broker's configuration. Every key: docs/configuration.md. Unknown keys are errors.
#   sallyport check --config FILE     prints every problem
#   kill -HUP PID                     reads this file, the policy and the keys again

listen:
  # Agents send their requests to http://127.0.0.1:8080/TARGET/path with "Authorization: Bearer TOKEN".
  # Beyond loopback use TLS: set `tls: on` here and name the certificate under `tls` below.
  http: {address: 127.0.0.1:8080, tls: off}
  # And with psql or any driver: host=127.0.0.1 port=5433 dbname=TARGET password=TOKEN (docs/postgres.md).
  # postgres: {address: 127.0.0.1:5433, tls: on}

# tls: {certificate: keys/tls.crt, key: keys/tls.key}

admin:
  # For `sallyport sessions tail|kill`: a caller is known by the uid of its process.
  socket: run/admin.sock
  # The same over TCP, with tokens, and /healthz, /readyz and /metrics without.
  # address: 127.0.0.1:8081
  users:
    # admin may do everything, auditor may only read; other groups: docs/admin.md.
)";

constexpr std::string_view kAfterAdmin =
    R"(    # - {issuer: dev, subject: bob@example.com, groups: [auditor]}

# The audit store, and the key its payloads are encrypted with. Without the key they cannot be read again:
# keep a copy of it somewhere else.
store: sqlite:data/audit.db
secrets: {key: "file:keys/secrets.key"}
audit:
  durability: write-ahead   # or overlapped: sent while the record is being written, answered after it
  record_payloads: full     # full | head | none; a target may override
  redact: {detect: all, with: hash}   # personal data and secrets, in everything that is kept

identity:
  max_token_lifetime: 24h
  issuers:
    # Tokens from `sallyport token issue`. For development only: remove it in production.
    - {name: dev, type: development, key: keys/dev_issuer.pem}
    # - name: corp
    #   type: oidc
    #   issuer: https://idp.example.com
    #   audience: sallyport     # what its tokens are for
    #   # The keys are found by discovery; name them with `jwks: keys.json` (a file or an https URL) instead.
    #   # groups_claim: realm_access.roles
    #   # required_claims: {environment: production}

targets:
  # A service on this machine, such as `python3 -m http.server 8000 --bind 127.0.0.1`.
  - name: example
    protocol: http
    url: http://127.0.0.1:8000
  # - name: crm
  #   protocol: http
  #   url: https://crm.internal/base
  #   # `sallyport secret set crm --config FILE` seals it in the store; docs/secrets.md has other places.
  #   credential: {header: Authorization, value: "Bearer secret:crm"}
  # - name: orders-db
  #   protocol: postgres
  #   address: db.internal:5432
  #   database: orders
  #   tls: {mode: verify-full, ca: ca.pem}
  #   credential: {username: app, password: "secret:orders-db"}

policy: [policy.yaml]

limits: {connections: 20000, sessions: 10000, sessions_per_subject: 100, idle: 30m, session: 8h}
)";

}  // namespace

std::string starter_config(unsigned admin_uid, const std::string& admin_subject) {
  std::string subject;
  append_json_string(subject, admin_subject);  // a JSON string is a YAML one
  return fmt::format("{}    - {{uid: {}, subject: {}, groups: [admin]}}\n{}", kBeforeAdmin,
                     admin_uid, subject, kAfterAdmin);
}

}  // namespace sallyport::commands
