#include "tools/broker/modules.h"

#include "protocols/http/module.h"

namespace sallyport::broker {

const std::vector<const ProtocolModule*>& protocol_modules() {
  static const http::HttpModule kHttp;
  static const std::vector<const ProtocolModule*> kModules = {
      &kHttp,
  };
  return kModules;
}

}  // namespace sallyport::broker
