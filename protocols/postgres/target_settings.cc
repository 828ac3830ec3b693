#include "protocols/postgres/target_settings.h"

#include "core/config/address.h"
#include "core/config/client_tls.h"

namespace sallyport::postgres {
namespace {

void read_methods(const config::Node& node, config::Problems& problems, LoginMethods& methods) {
  methods = LoginMethods{false, false, false, false};
  for (const std::string& name : node.texts(problems)) {
    if (name == "scram-sha-256") {
      methods.scram = true;
    } else if (name == "md5") {
      methods.md5 = true;
    } else if (name == "password") {
      methods.password = true;
    } else if (name == "none") {
      methods.none = true;
    } else {
      node.problem(problems, "\"" + name +
                                 "\" is not a login method; there are scram-sha-256, md5, password "
                                 "and none");
    }
  }
}

void read_credential(const config::Node& node, config::Problems& problems,
                     const std::string& directory, Target& target, PostgresTarget& settings) {
  config::MapReader reader(node, problems, "a credential");
  if (!reader.ok()) return;
  settings.username = reader.require_text("username");
  if (settings.username.find('\0') != std::string::npos)
    node.problem(problems, "\"username\" has a NUL in it");
  const auto password = reader.get("password");
  if (password) {
    if (auto secret = config::SecretReference::read(*password, directory, problems))
      target.credential = TargetCredential{std::move(*secret), "password"};
  }
  // Without a password there is nothing to prove but by a certificate.
  settings.methods = LoginMethods{password.has_value(), false, false, !password.has_value()};
  if (const auto methods = reader.get("methods"))
    read_methods(*methods, problems, settings.methods);
  const LoginMethods& m = settings.methods;
  if (!password && (m.scram || m.md5 || m.password))
    node.problem(problems, "the login methods of this credential need a \"password\"");
  reader.finish();
}

// Names as `sql.function` has them: pg_proc's, with the schema.
bool is_full_name(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < name.size() &&
         name.find('.', dot + 1) == std::string_view::npos &&
         name.find_first_of("*?()\" \t") == std::string_view::npos;
}

void read_functions(const config::Node& node, config::Problems& problems,
                    PostgresTarget& settings) {
  config::MapReader reader(node, problems, "the functions of a target");
  if (!reader.ok()) return;
  if (const auto list = reader.require("read")) {
    for (const std::string& name : list->texts(problems)) {
      if (!is_full_name(name)) {
        list->problem(problems, "\"" + name +
                                    "\" is not a function; write its schema and its name, "
                                    "such as app.order_total");
      } else if (!settings.reading.harmless.insert(name).second) {
        list->problem(problems, "the function \"" + name + "\" stands here twice");
      }
    }
  }
  reader.finish();
}

}  // namespace

void read_postgres_target(config::MapReader& reader, const std::string& directory, Target& target) {
  auto settings = std::make_shared<PostgresTarget>();
  if (const auto node = reader.require("address")) {
    const auto address = config::parse_host_port(node->scalar());
    if (address && address->port != 0) {
      target.endpoint.host = address->host;
      target.endpoint.port = address->port;
    } else {
      node->problem(reader.problems(), "address is a host and a port, such as db.internal:5432");
    }
  }
  settings->database = reader.require_text("database");
  // The target's certificate is checked unless the configuration says otherwise.
  target.endpoint.tls = config::read_client_tls(reader, directory)
                            .value_or(net::TlsClientSettings{net::TlsMode::kVerifyFull, {}, {}});
  if (const auto credential = reader.require("credential"))
    read_credential(*credential, reader.problems(), directory, target, *settings);
  if (const auto functions = reader.get("functions"))
    read_functions(*functions, reader.problems(), *settings);
  if (settings->methods.password && target.endpoint.tls.mode != net::TlsMode::kVerifyFull &&
      target.endpoint.tls.mode != net::TlsMode::kVerifyCa)
    reader.get("credential")
        ->problem(reader.problems(),
                  "methods: a password is sent in the clear only where the target's certificate is "
                  "checked (tls: verify-full or verify-ca)");
  target.settings = std::move(settings);
}

}  // namespace sallyport::postgres
