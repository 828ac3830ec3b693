#include "tools/broker/access.h"

#include "storage/reader.h"

namespace sallyport::broker {

Result<std::unique_ptr<identity::AccessBook>> load_access(const config::Config& config) {
  auto reader = storage::StoreReader::open(config.store);
  auto orders = reader ? (*reader)->access_orders()
                       : Result<std::vector<storage::AccessOrder>>(reader.error());
  if (!orders)
    return Error{orders.error().code, "store " + config.store + ": " + orders.error().detail};
  std::vector<identity::DisabledIdentity> known;
  for (storage::AccessOrder& one : *orders)
    known.push_back({std::move(one.subject), std::move(one.issuer), std::move(one.reason),
                     std::move(one.by), one.since});
  return std::make_unique<identity::AccessBook>(std::move(known));
}

}  // namespace sallyport::broker
