// What the broker hands out in exchange for tokens: tickets and SSH certificates.
#include <fmt/format.h>

#include "core/config/file.h"
#include "core/config/limits.h"
#include "core/log/log.h"
#include "storage/reader.h"
#include "storage/vault.h"
#include "tools/broker/broker.h"

namespace sallyport::broker {
namespace {

net::Awaitable<Result<void>> keep_ca_key(storage::Vault& vault, config::SecretBytes seed) {
  std::string name(identity::kSshCaSecret);
  std::string kind = "private_key";
  std::string by = "process";
  Result<std::uint32_t> version =
      co_await vault.put(std::move(name), std::move(kind), std::move(seed), std::move(by));
  if (!version) co_return version.error();
  co_return Result<void>();
}

// What a client has to trust to trust the whole chain: its last certificate.
std::string last_certificate(const std::string& chain) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  const std::size_t begin = chain.rfind(kBegin);
  if (begin == std::string::npos) return {};
  const std::size_t end = chain.find(kEnd, begin);
  if (end == std::string::npos) return {};
  return chain.substr(begin, end + kEnd.size() - begin) + "\n";
}

}  // namespace

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
  const auto& tls = loaded_.config->tls;
  if (!tls) return tls_certificate_.set(nullptr);
  auto chain = config::read_file(tls->certificate, config::kSecretBytes);
  if (chain) tls_certificate_.set(std::make_shared<const std::string>(last_certificate(*chain)));
}

void Broker::make_exchange() {
  note_certificate();
  storage::Vault& vault = store_->vault();
  ssh_ca_ = std::make_unique<identity::SshCa>(
      vault, [&vault](config::SecretBytes seed) { return keep_ca_key(vault, std::move(seed)); });
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
