#include "protocols/postgres/module.h"

#include "protocols/postgres/service.h"
#include "protocols/postgres/sql/reader.h"
#include "protocols/postgres/sql_classifier.h"
#include "protocols/postgres/target_settings.h"

namespace sallyport::postgres {

std::shared_ptr<ListenerConfig> PostgresModule::read_listener(config::MapReader& reader) const {
  auto listener = std::make_shared<PostgresListener>();
  listener->allow_plaintext_loopback = reader.boolean("allow_plaintext_loopback", false);
  if (!reader.boolean("tls", true) && !listener->allow_plaintext_loopback)
    reader.get("tls")->problem(
        reader.problems(),
        "nobody could log in: a token is only taken inside TLS, or on loopback with "
        "allow_plaintext_loopback: true");
  return listener;
}

void PostgresModule::read_target(config::MapReader& reader, const std::string& directory,
                                 Target& target) const {
  read_postgres_target(reader, directory, target);
}

Result<void> PostgresModule::self_test() const { return sql::check_parser(); }

std::unique_ptr<ProtocolService> PostgresModule::make_service(
    const Services& services, std::shared_ptr<const ListenerConfig> config,
    net::Listener::TlsSource tls) const {
  return std::make_unique<PostgresService>(services, std::move(config), std::move(tls), [] {
    return std::unique_ptr<ClassifierSource>(std::make_unique<SqlClassifierSource>());
  });
}

}  // namespace sallyport::postgres
