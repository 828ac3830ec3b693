// What a PostgreSQL target's entry in the configuration says beyond its name: `address`,
// `database`, `tls`, `credential`, `functions`. Immutable once read.
#pragma once

#include <string>

#include "core/config/yaml.h"
#include "core/target.h"
#include "protocols/postgres/sql/reader.h"

namespace sallyport::postgres {

// How the broker may prove itself to a target.
struct LoginMethods {
  bool scram = true;
  bool md5 = false;
  bool password = false;  // in the clear
  bool none = false;      // the server asks for nothing: trust, or a client certificate
};

struct PostgresTarget final : TargetSettings {
  std::string database;
  std::string username;
  LoginMethods methods;
  sql::ReadOptions reading;  // shared with the classifiers of its sessions
};

// The settings of a target that this protocol's module read.
inline const PostgresTarget& postgres_settings(const Target& target) {
  return static_cast<const PostgresTarget&>(*target.settings);
}

// Fills target.endpoint, target.credential and target.settings; problems go to the reader's list.
void read_postgres_target(config::MapReader& reader, const std::string& directory, Target& target);

}  // namespace sallyport::postgres
