// What the broker hands out in exchange for tokens: tickets and SSH certificates.
#include <fmt/format.h>

#include "core/log/log.h"
#include "storage/reader.h"
#include "tools/broker/broker.h"
#include "tools/broker/trust.h"

namespace sallyport::broker {
// Tickets that were issued before a restart keep the uses they have left.
Result<void> Broker::restore_tickets() {
  auto reader = storage::StoreReader::open(loaded_.config->store);
  if (!reader) return reader.error();
  auto stored = (*reader)->tickets(clock_.wall());
  if (!stored) return stored.error();
  for (storage::TicketRow& row : *stored) {
    const std::uint64_t event = row.event;
    if (!tickets_->restore({std::move(row.issued), row.uses_left, std::move(row.target)}))
      log::error("a ticket cannot be restored", {{"event", fmt::format("{}", event)}});
  }
  return {};
}

void Broker::note_certificate() {
  tls_certificate_.set(std::make_shared<const std::string>(trusted_certificate(*loaded_.config)));
}

void Broker::make_exchange() {
  note_certificate();
  ssh_ca_ = make_ssh_ca(store_->vault());
  const auto issuers = [this] {
    std::vector<std::string> out;
    for (const config::Issuer& issuer : config_.current()->issuers)
      if (issuer.type == config::IssuerType::kOidc) out.push_back(issuer.issuer);
    return out;
  };
  exchange_ = std::make_unique<identity::TokenExchange>(identity::ExchangeParts{
      *logins_, *tickets_, *ssh_ca_, *recorder_, policy_, config_, clock_, issuers});
}

}  // namespace sallyport::broker
