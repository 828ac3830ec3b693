#include "tools/broker/modules.h"

#include "protocols/http/module.h"
#include "protocols/postgres/module.h"

namespace sallyport::broker {

const std::vector<const ProtocolModule*>& protocol_modules() {
  static const http::HttpModule kHttp;
  static const postgres::PostgresModule kPostgres;
  static const std::vector<const ProtocolModule*> kModules = {
      &kHttp,
      &kPostgres,
  };
  return kModules;
}

}  // namespace sallyport::broker
