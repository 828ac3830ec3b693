#include "config_deployment.h"

namespace sallyport::config {
namespace {

TEST_CASE("The least configuration gets the documented defaults") {
  Deployment d;
  const auto config = d.parse(Deployment::kLeast);
  INFO(d.problems.to_string());
  REQUIRE(config);
  CHECK(config->directory == d.dir.path());
  CHECK(config->store == d.dir.file("data/audit.db"));
  CHECK(config->policy_files == std::vector<std::string>{d.dir.file("policy.yaml")});
  CHECK(config->secrets.key.name() == "file:" + d.dir.file("key"));
  CHECK(config->listeners.empty());
  CHECK(config->connections == 20'000);
  CHECK(config->limits.sessions == 10'000);
  CHECK(config->limits.sessions_per_subject == 100);
  CHECK(config->limits.idle == std::chrono::minutes(30));
  CHECK(config->limits.idle_in_transaction == std::chrono::minutes(10));
  CHECK(config->limits.session == std::chrono::hours(8));
  CHECK(config->audit.defaults.durability == Durability::kWriteAhead);
  CHECK(config->audit.session_payload_limit == 256ull << 20);
  CHECK(config->io_threads == 0);
  REQUIRE(config->issuers.size() == 1);
  CHECK(config->issuers[0].issuer == "sallyport:dev");
  CHECK(config->issuers[0].audience == "sallyport");
  CHECK(config->issuers[0].max_token_lifetime == std::chrono::hours(24));
}

TEST_CASE("The digest of a configuration is that of its bytes") {
  Deployment d;
  const auto one = d.parse(Deployment::kLeast);
  const auto same = d.parse(Deployment::kLeast);
  const auto other = d.parse(Deployment::kLeast + "# a comment\n");
  REQUIRE((one && same && other));
  CHECK(one->digest.size() == 64);
  CHECK(one->digest == same->digest);
  CHECK(one->digest != other->digest);
}

TEST_CASE("Every section is read") {
  Deployment d;
  const auto config = d.parse(
      "listen:\n  toy: {address: \"[::1]:0\", tls: off, motto: hello}\n"
      "admin:\n  socket: run/admin.sock\n  address: 127.0.0.1:8081\n  users:\n"
      "    - {uid: 1000, subject: alice, groups: [admin]}\n"
      "    - {issuer: corp, subject: bob@example.com, groups: [approver, dba]}\n"
      "store: sqlite:/var/lib/audit.db\n"
      "audit: {durability: overlapped, record_payloads: head, session_payload_limit: 1MiB,\n"
      "  on_payload_limit: end}\n"
      "secrets: {key: \"file:key\"}\n"
      "identity:\n  max_token_lifetime: 1h\n  issuers:\n"
      "    - {name: corp, type: oidc, issuer: \"https://idp.example.com\", audience: sallyport,\n"
      "       strict_audience: true, groups_claim: roles, algorithms: [RS256, EdDSA], jwks: "
      "jwks.json}\n"
      "    - {name: web, type: oidc, issuer: \"https://b.example.com\", audience: sallyport,\n"
      "       jwks: \"https://b.example.com/keys\", ca: jwks.json}\n"
      "    - {name: found, type: oidc, issuer: \"https://c.example.com/\", audience: sallyport,\n"
      "       subject_claim: oid, groups_claim: realm_access.roles, token_type: access,\n"
      "       max_token_lifetime: 5m, refresh_keys: 2m, keep_keys: 3h, required_claims:\n"
      "         {environment: [prod, \"1\"], /repo~1id: 1, ok: true, part: 0.5}}\n"
      "    - {name: dev, type: development, key: dev.pem, audience: tests}\n"
      "targets:\n"
      "  - {name: crm, protocol: toy, host: crm.internal, credential: \"Bearer file:token\",\n"
      "     audit: {durability: write-ahead}, limits: {idle_in_transaction: 1m}, tls: {mode: "
      "verify-ca, ca: jwks.json}}\n"
      "policy: [policy.yaml]\n"
      "limits: {connections: 5, sessions: 4, sessions_per_subject: 3, idle: 2m, session: 1h,\n"
      "  idle_in_transaction: 90s}\n"
      "log: {level: debug, format: json}\n"
      "io_threads: 2\n");
  INFO(d.problems.to_string());
  REQUIRE(config);
  const auto listener = std::dynamic_pointer_cast<const ToyListener>(config->listeners.at("toy"));
  REQUIRE(listener);
  CHECK(listener->address == "[::1]:0");
  CHECK_FALSE(listener->tls);
  CHECK(listener->motto == "hello");
  CHECK(config->admin.socket == d.dir.file("run/admin.sock"));
  REQUIRE(config->admin.users.size() == 2);
  CHECK(config->admin.users[0].uid == 1000u);
  CHECK(config->admin.users[1].issuer == "corp");
  CHECK(config->audit.on_payload_limit == OnPayloadLimit::kEndSession);
  CHECK(config->audit.session_payload_limit == 1u << 20);
  REQUIRE(config->issuers.size() == 4);
  CHECK(config->issuers[0].jwks == d.dir.file("jwks.json"));
  CHECK(config->issuers[0].groups_claim == ClaimPath{"roles"});
  CHECK(config->issuers[0].max_token_lifetime == std::chrono::hours(1));
  CHECK(config->issuers[1].jwks == "https://b.example.com/keys");
  CHECK(config->issuers[1].refresh_keys == std::chrono::hours(1));
  const Issuer& found = config->issuers[2];
  CHECK(found.jwks.empty());
  CHECK(found.fetches_keys());
  CHECK(found.subject_claim == ClaimPath{"oid"});
  CHECK(found.groups_claim == ClaimPath{"realm_access", "roles"});
  CHECK(found.token_type == TokenType::kAccess);
  CHECK(found.max_token_lifetime == std::chrono::minutes(5));
  CHECK(found.refresh_keys == std::chrono::minutes(2));
  CHECK(found.keep_keys == std::chrono::hours(3));
  using Values = decltype(RequiredClaim::values);
  REQUIRE(found.required_claims.size() == 4);
  CHECK(found.required_claims[0].values == Values{std::string("prod"), std::string("1")});
  CHECK(found.required_claims[1].path == ClaimPath{"repo/id"});
  CHECK(found.required_claims[1].values == Values{std::int64_t{1}});
  CHECK(found.required_claims[2].values == Values{true});
  CHECK(found.required_claims[3].values == Values{0.5});
  CHECK(config->issuers[3].audience == "tests");
  const auto target = config->find_target("crm");
  REQUIRE(target);
  CHECK(target->protocol == "toy");
  CHECK(target->audit.durability == Durability::kWriteAhead);
  CHECK(target->audit.record_payloads == RecordPayloads::kHead);
  CHECK(target->endpoint.tls.mode == net::TlsMode::kVerifyCa);
  CHECK(config->find_target("none") == nullptr);
  CHECK(config->limits.idle == std::chrono::minutes(2));
  CHECK(config->limits.idle_in_transaction == std::chrono::seconds(90));
  CHECK(target->limits.idle_in_transaction == std::chrono::minutes(1));
  CHECK(config->log.level == log::Level::kDebug);
  CHECK(config->io_threads == 2);
}

TEST_CASE("Sections that must be there are asked for") {
  Deployment d;
  CHECK(d.parse("limits: {}\n") == nullptr);
  const std::string text = d.problems.to_string();
  for (const char* key : {"store", "secrets", "identity", "policy"}) {
    CHECK(text.find("needs the key \"" + std::string(key) + "\"") != std::string::npos);
  }
  CHECK(d.parse("") == nullptr);
  CHECK(d.parse("- a list\n") == nullptr);
}

TEST_CASE("Unknown keys are problems with their place, at every level") {
  Deployment d;
  CHECK(d.complaints("limit: {}\n")[0] ==
        "5:1: unknown key \"limit\" in the configuration; did you mean \"limits\"?");
  CHECK(d.complaints("limits: {sesions: 1}\n")[0] ==
        "5:10: unknown key \"sesions\" in limits; did you mean \"sessions\"?");
  CHECK(d.complains("log: {levels: info}\n", "5:7: unknown key \"levels\""));
  CHECK(d.complains("audit: {durabilty: overlapped}\n", "did you mean \"durability\"?"));
  CHECK(d.complains("admin: {sockets: x}\n", "did you mean \"socket\"?"));
  CHECK(d.complains("tls: {cert: x}\n", "unknown key \"cert\""));
  CHECK(d.complains("listen: {toy: {address: 127.0.0.1:1, tls: off, moto: x}}\n",
                    "did you mean \"motto\"?"));
  CHECK(d.complains("targets: [{name: a, protocol: toy, hots: b}]\n", "did you mean \"host\"?"));
  CHECK(d.complains("targets: [{name: a, protocol: toy, host: b, audit: {redact: x}}]\n",
                    "unknown key \"redact\" in a target's audit"));
}

TEST_CASE("What this version does not have is refused by name, never ignored") {
  Deployment d;
  for (const char* more :
       {"approval: {hold: 20s}\n", "audit: {retention: 400d}\n",
        "audit: {signing_key: keys/audit.pem}\n", "listen: {ssh: {address: 127.0.0.1:2222}}\n",
        "listen: {http_proxy: {address: 127.0.0.1:3128}}\n",
        "targets: [{name: a, protocol: toy, host: b, via: dc-east}]\n",
        "targets: [{name: a, protocol: ssh}]\n"}) {
    CAPTURE(more);
    CHECK(d.complains(more, "not yet supported in this version"));
  }
}

TEST_CASE("Listeners need a good address, and a certificate unless they say tls: off") {
  Deployment d;
  for (const char* address : {"8080", ":8080", "localhost:8080", "127.0.0.1", "127.0.0.1:99999",
                              "::1:80", "[::1]", "\"\"", "[]"}) {
    CAPTURE(address);
    CHECK(d.complains("listen: {toy: {tls: off, address: " + std::string(address) + "}}\n",
                      "must be an IP address and a port"));
  }
  CHECK(d.complains("listen: {toy: {address: 127.0.0.1:1}}\n", "TLS is on and there is no"));
  CHECK(d.complains("listen: {toy: {address: 127.0.0.1:1, tls: on}}\n", "5:43: TLS is on"));
  CHECK(d.complains("listen: {toy: {tls: off}}\n", "listen.toy needs the key \"address\""));
  CHECK(d.complains("listen: {tyo: {}}\n", "unknown key \"tyo\" in listen; did you mean \"toy\"?"));
  CHECK(d.complains(
      "listen: {toy: {address: 127.0.0.1:1, tls: off}}\nadmin: {address: 127.0.0.1:1}\n",
      "127.0.0.1:1 is taken by listen.toy"));
  CHECK(d.complains("tls: {certificate: none.crt, key: none.key}\n", "none.crt cannot be opened"));
  d.dir.write("open.key", "x", 0644);
  CHECK(d.complains("tls: {certificate: jwks.json, key: open.key}\n", "can be read by others"));
  CHECK(d.complains("tls: {certificate: jwks.json, key: token}\n", "5:6: "));
}

TEST_CASE("People of the admin interface are one uid or one issuer's subject each") {
  Deployment d;
  const auto users = [&](const std::string& list) { return "admin: {users: " + list + "}\n"; };
  CHECK(d.complains(users("[{subject: a, groups: [x]}]"), "has either \"uid\""));
  CHECK(
      d.complains(users("[{uid: 1, issuer: dev, subject: a, groups: [x]}]"), "has either \"uid\""));
  CHECK(d.complains(users("[{uid: -1, subject: a, groups: [x]}]"), "whole number"));
  CHECK(d.complains(users("[{uid: root, subject: a, groups: [x]}]"), "whole number"));
  CHECK(d.complains(users("[{uid: 1, groups: [x]}]"), "needs the key \"subject\""));
  CHECK(d.complains(users("[{uid: 1, subject: a}]"), "needs the key \"groups\""));
  CHECK(d.complains(users("[{uid: 1, subject: a, groups: []}]"), "at least one group"));
  CHECK(d.complains(users("[{issuer: idp, subject: a, groups: [x]}]"), "no issuer of"));
  CHECK(d.complains(users("[{uid: 1, subject: a, groups: [x]}, {uid: 1, subject: b, groups: [x]}]"),
                    "listed twice"));
  CHECK(d.complains(users("alice"), "must be a list"));
  CHECK(d.complains("admin: {socket: " + std::string(120, 'x') + "}\n", "longer than"));
}

TEST_CASE("Groups of the deployment's own have privileges, those that are built in cannot change") {
  Deployment d;
  const auto config = d.parse(Deployment::kLeast +
                              "admin: {groups: {sre: [read-sessions, end-sessions], idle: []}}\n");
  INFO(d.problems.to_string());
  REQUIRE(config);
  CHECK(config->admin.groups.at("sre") ==
        std::vector<Privilege>{Privilege::kReadSessions, Privilege::kEndSessions});
  CHECK(config->admin.groups.at("idle").empty());
  const auto groups = [&](const std::string& map) { return "admin: {groups: " + map + "}\n"; };
  for (const std::string name : {"admin", "auditor", "approver"})
    CHECK(d.complains(groups("{" + name + ": [read-ca]}"), "\"" + name + "\" is built in"));
  CHECK(d.complains(groups("{sre: [read-all]}"),
                    "5:23: \"read-all\" is not a privilege; there are read-sessions, "));
  CHECK(d.complains(groups("{sre: {read-ca: on}}"), "5:"));
  CHECK(d.complains(groups("{sre: [read-ca], sre: []}"), "5:"));
  CHECK(d.complains(groups("{\"\": [read-ca]}"), "a group needs a name"));
  CHECK(d.complains(groups("[sre]"), "admin.groups must be a map"));
}

TEST_CASE("The admin address is in the clear on loopback only") {
  Deployment d;
  const auto plain = d.parse(Deployment::kLeast + "admin: {address: 127.0.0.1:8081}\n");
  REQUIRE(plain);
  CHECK_FALSE(plain->admin.tls);
  REQUIRE(d.parse(Deployment::kLeast + "admin: {address: \"[::1]:8081\", tls: off}\n"));
  CHECK(d.complains("admin: {address: 0.0.0.0:8081, tls: off}\n",
                    "5:37: tls: off is for a loopback address only"));
  CHECK(d.complains("admin: {address: 10.1.2.3:8081}\n", "5:18: TLS is on and there is no"));
  CHECK(d.complains("admin: {address: 127.0.0.1:8081, tls: on}\n", "TLS is on and there is no"));
  CHECK(d.complains("admin: {socket: run/s, tls: on}\n", "there is no \"address\""));
}

TEST_CASE("Issuers are checked whole") {
  Deployment d;
  const auto issuer = [](const std::string& one) {
    return "store: sqlite:x\nsecrets: {key: \"file:key\"}\npolicy: policy.yaml\nidentity: "
           "{issuers: [" +
           one + "]}\n";
  };
  const auto complains = [&](const std::string& one, const std::string& about) {
    CHECK(d.parse(issuer(one)) == nullptr);
    INFO(d.problems.to_string());
    return d.problems.to_string().find(about) != std::string::npos;
  };
  const std::string oidc = "name: c, type: oidc, issuer: i, audience: a";
  CHECK(complains("{" + oidc + "}", "must be an https URL"));
  const std::string at = "{name: c, type: oidc, audience: a, issuer: ";
  CHECK(complains(at + "\"http://idp.example.com\"}", "to be found by discovery"));
  CHECK(complains(at + "\"https://a:b@idp.example.com\"}", "no user name"));
  CHECK(complains(at + "\"https://\"}", "with a host"));
  CHECK(complains(at + "\"https://idp.example.com?x\"}", "no query and no fragment"));
  const std::string good = at + "\"https://idp.example.com\"";
  CHECK(complains(good + ", keep_keys: 0s}", "\"keep_keys\" must be from 1s to 30d"));
  CHECK(complains(good + ", refresh_keys: 25h}", "\"refresh_keys\" must be from 1s to 24h"));
  CHECK(complains(good + ", keep_keys: 1h, refresh_keys: 2h}", "must not be shorter"));
  CHECK(complains(good + ", max_token_lifetime: 366d}", "must be from 1s to 365d"));
  CHECK(complains(good + ", token_type: acces}", "did you mean \"access\"?"));
  CHECK(complains(good + ", groups_claim: a..b}", "one side of a dot"));
  CHECK(complains(good + ", groups_claim: \"\"}", "must not be empty"));
  CHECK(complains(good + ", subject_claim: /a~2}", "is written \"~0\""));
  CHECK(complains(good + ", subject_claim: a.b.c.d.e.f.g.h.i}", "8 levels"));
  CHECK(complains(good + ", required_claims: [a]}", "is a map of up to 32 claims"));
  CHECK(complains(good + ", required_claims: {a: []}}", "a list of 1 to 100"));
  CHECK(complains(good + ", required_claims: {a: {b: c}}}", "a list of 1 to 100"));
  CHECK(complains(good + ", required_claims: {a: [[b]]}}", "a text, a number, true or false"));
  CHECK(complains(good + ", required_claims: {.a: b}}", "one side of a dot"));
  CHECK(d.parse(issuer(good + "}")) != nullptr);
  CHECK(d.parse(issuer(good + ", keep_keys: 1s}")) != nullptr);
  CHECK(complains("{name: s, type: saml, metadata: idp.xml}", "not yet supported"));
  CHECK(complains("{name: s, type: oicd}", "did you mean \"oidc\"?"));
  CHECK(complains("{" + oidc + ", jwks: none.json}", "none.json cannot be opened"));
  CHECK(complains("{" + oidc + ", jwks: \"http://idp.example.com/k\"}",
                  "names a file, or it must be an https URL"));
  CHECK(complains("{" + oidc + ", jwks: \"http://127.0.0.1@evil.example/k\"}",
                  "names a file, or it must be an https URL"));
  CHECK(complains("{" + oidc + ", jwks: \"http://localhost:1@evil.example/k\"}", "no user name"));
  CHECK(complains("{" + oidc + ", jwks: \"ftp://idp.example.com/k\"}",
                  "names a file, or it must be an https URL"));
  CHECK(complains("{" + oidc + ", jwks: jwks.json, ca: jwks.json}", "has no effect"));
  CHECK(complains("{" + oidc + ", jwks: jwks.json, algorithms: [HS256]}", "is never accepted"));
  CHECK(complains("{" + oidc + ", jwks: jwks.json, algorithms: [none]}", "is never accepted"));
  CHECK(
      complains("{" + oidc + ", jwks: jwks.json, algorithms: [RS1]}", "not an algorithm we know"));
  CHECK(complains("{" + oidc + ", jwks: jwks.json, algorithms: []}", "at least one"));
  CHECK(complains("{" + oidc + ", jwks: jwks.json, metadata: x}", "unknown key \"metadata\""));
  CHECK(complains("{name: c, type: oidc, jwks: jwks.json}", "needs the key \"audience\""));
  CHECK(complains("{name: d, type: development}", "needs the key \"key\""));
  CHECK(complains("{name: a b, type: development, key: dev.pem}", "an issuer's name is"));
  CHECK(
      complains("{" + oidc + ", jwks: jwks.json}, {" + oidc + ", jwks: jwks.json}", "named \"c\""));
  CHECK(complains("{" + oidc +
                      ", jwks: jwks.json}, {name: e, type: oidc, issuer: i, audience: a, "
                      "jwks: jwks.json}",
                  "have the same \"issuer\""));
  d.dir.write("open.pem", "x", 0644);
  CHECK(complains("{name: d, type: development, key: open.pem}", "can be read by others"));
  CHECK(d.parse(issuer("{" + oidc + ", jwks: \"http://127.0.0.1:1/k\"}")) != nullptr);
  CHECK(d.parse(issuer("{" + oidc + ", jwks: \"http://[::1]:1/k\"}")) != nullptr);
  CHECK(d.parse(issuer("{" + oidc + ", jwks: \"http://localhost:1/k\"}")) != nullptr);
}

TEST_CASE("Targets have one name each that every protocol can carry") {
  Deployment d;
  const auto target = [&](const std::string& name) {
    return "targets: [{name: " + name + ", protocol: toy, host: b}]\n";
  };
  for (const char* name : {"Crm", "a/b", "a.b", "-a", "\"a b\"", "\"\"", "ü"}) {
    CAPTURE(name);
    CHECK_FALSE(d.complaints(target(name)).empty());
  }
  CHECK(d.complains(target(std::string(64, 'a')), "1 to 63"));
  CHECK(d.parse(Deployment::kLeast + target(std::string(63, 'a'))) != nullptr);
  CHECK(d.complains(target("v1"), "reserved"));
  CHECK(d.complains(
      "targets: [{name: a, protocol: toy, host: b}, {name: a, protocol: toy, host: c}]\n",
      "a second target named \"a\""));
  CHECK(d.complains("targets: [{name: a, protocol: tyo, host: b}]\n", "did you mean \"toy\"?"));
  CHECK(d.complains("targets: {name: a}\n", "targets must be a list"));
  CHECK(d.complains("targets: [{name: a, protocol: toy, host: b, tls: {mode: require, ca: key}}]\n",
                    "has no effect"));
  CHECK(d.complains("targets: [{name: a, protocol: toy, host: b, tls: {ca: none.pem}}]\n",
                    "none.pem cannot be opened"));
  CHECK(d.complains("targets: [{name: a, protocol: toy, host: b, credential: hunter2}]\n",
                    "a literal secret"));
}

TEST_CASE("Values out of range and of the wrong type are problems") {
  Deployment d;
  CHECK(d.complains("limits: {connections: 0}\n", "from 1 to 1000000"));
  CHECK(d.complains("limits: {idle: 30}\n", "must be a duration"));
  CHECK(d.complains("limits: {idle: 500ms}\n", "whole seconds"));
  CHECK(d.complains("limits: []\n", "must be a map"));
  CHECK(d.complains("io_threads: 257\n", "from 1 to 256"));
  CHECK(d.complains("io_threads: two\n", "from 1 to 256"));
  CHECK(d.complains("audit: {session_payload_limit: 1KiB}\n", "from 64KiB"));
  CHECK(d.complains("audit: {record_payloads: all}\n", "must be one of full, head, none"));
  CHECK(d.complains("log: {format: xml}\n", "must be one of text, json"));
}

TEST_CASE("The store, the policy files and the key of the secrets are checked") {
  Deployment d;
  const auto complains = [&](const std::string& store, const std::string& key,
                             const std::string& policy, const std::string& about) {
    const std::string identity =
        "identity: {issuers: [{name: dev, type: development, key: dev.pem}]}\n";
    CHECK(d.parse("store: " + store + "\nsecrets: {key: \"" + key + "\"}\npolicy: " + policy +
                  "\n" + identity) == nullptr);
    INFO(d.problems.to_string());
    return d.problems.to_string().find(about) != std::string::npos;
  };
  CHECK(complains("postgresql://db/audit", "file:key", "policy.yaml", "not yet supported"));
  CHECK(complains("data/audit.db", "file:key", "policy.yaml", "must be sqlite:PATH"));
  CHECK(complains("\"sqlite:\"", "file:key", "policy.yaml", "must be sqlite:PATH"));
  CHECK(complains("sqlite:a", "file:none", "policy.yaml", "No such file"));
  CHECK(complains("sqlite:a", "file:token", "policy.yaml", "too short for a key"));
  CHECK(complains("sqlite:a", "literal", "policy.yaml", "a literal secret"));
  CHECK(complains("sqlite:a", "secret:key", "policy.yaml", "cannot be a secret in the store"));
  CHECK(complains("sqlite:a", "exec:/nowhere", "policy.yaml", "/nowhere cannot be run"));
  CHECK(complains("sqlite:a", "file:key\", previous_key: \"file:none", "policy.yaml",
                  "No such file"));
  CHECK(complains("sqlite:a", "file:key\", previous_key: \"secret:k", "policy.yaml",
                  "cannot be a secret in the store"));
  CHECK(complains("sqlite:a", "file:key", "none.yaml", "none.yaml cannot be opened"));
  CHECK(complains("sqlite:a", "file:key", "[]", "at least one file"));
  CHECK(complains("sqlite:a", "file:key", "[policy.yaml, ./policy.yaml]", "listed twice"));
}

TEST_CASE("Parts of the file are read alone for commands that need no more") {
  Deployment d;
  Problems problems;
  const std::string identity_only = d.dir.write(
      "i.yaml", "identity: {issuers: [{name: dev, type: development, key: dev.pem}]}\n", 0644);
  const auto issuers = load_issuers(identity_only, problems);
  INFO(problems.to_string());
  REQUIRE(issuers);
  CHECK(issuers->front().key == d.dir.file("dev.pem"));
  CHECK_FALSE(load_store(identity_only, problems));

  Problems none;
  const std::string store_only =
      d.dir.write("s.yaml", "store: sqlite:a.db\nsecrets: {key: \"file:key\"}\n", 0644);
  const auto store = load_store(store_only, none);
  REQUIRE(store);
  CHECK(store->store == d.dir.file("a.db"));
  CHECK(none.empty());

  Problems misspelt;
  const std::string bad =
      d.dir.write("b.yaml", "stor: sqlite:a.db\nidentity: {issuers: []}\n", 0644);
  CHECK_FALSE(load_issuers(bad, misspelt));
  CHECK(misspelt.to_string().find("did you mean \"store\"?") != std::string::npos);
}

}  // namespace
}  // namespace sallyport::config
