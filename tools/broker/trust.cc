#include "tools/broker/trust.h"

#include "core/config/file.h"
#include "core/config/limits.h"

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

}  // namespace

std::unique_ptr<identity::SshCa> make_ssh_ca(storage::Vault& vault) {
  return std::make_unique<identity::SshCa>(
      vault, [&vault](config::SecretBytes seed) { return keep_ca_key(vault, std::move(seed)); });
}

// Who trusts the last one trusts the whole chain.
std::string trusted_certificate(const config::Config& config) {
  if (!config.tls) return {};
  const auto chain = config::read_file(config.tls->certificate, config::kSecretBytes);
  if (!chain) return {};
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  const std::size_t begin = chain->rfind(kBegin);
  if (begin == std::string::npos) return {};
  const std::size_t end = chain->find(kEnd, begin);
  if (end == std::string::npos) return {};
  return chain->substr(begin, end + kEnd.size() - begin) + "\n";
}

}  // namespace sallyport::broker
