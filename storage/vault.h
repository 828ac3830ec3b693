// The sealed secrets of the store. Each version has a random key of its own (AES-256-GCM), wrapped
// by the store key; name and version are authenticated with both, so that no row passes for
// another. The sealed bytes are kept in memory and opened when they are used; the caller wipes the
// clear value (config::SecretBytes). A change is in force once it is durable together with its
// `changes` row: both are one transaction. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/net/awaitable.h"
#include "core/secret_vault.h"
#include "storage/keys.h"

namespace sallyport::storage {

class StoreCore;

class Vault final : public SecretVault {
 public:
  // Reads what is in force. A row that cannot be unsealed is an error of that secret alone, when it
  // is opened.
  static Result<std::unique_ptr<Vault>> load(std::shared_ptr<StoreCore> core);
  ~Vault() override;

  Result<OpenedSecret> open(std::string_view name) const override;
  // The kind of the version in force; nothing when there is none.
  std::optional<std::string> kind_of(std::string_view name) const;

  // Seals a new version, which is in force when this returns, and returns its number. `kind`:
  // password, token, private_key, certificate or other; `by`: who does it, for the record.
  // kInvalid: not a name or kind; kLimit: too long, too many; kNotRecorded: the store is down, and
  // nothing has changed. Names that begin with `sallyport.` are for keys of the broker's own:
  // whoever serves people refuses them.
  net::Awaitable<Result<std::uint32_t>> put(std::string name, std::string kind,
                                            config::SecretBytes value, std::string by);

  // Takes every version away. kNotFound: there is none.
  net::Awaitable<Result<void>> remove(std::string name, std::string by);

 private:
  struct Sealed {
    std::uint32_t version = 0;
    std::string kind;
    std::optional<Error> broken;  // why it cannot be opened
    SecretKey key;
    std::string bytes;
  };
  struct Slot {
    std::shared_ptr<const Sealed> newest;  // shared with who is opening it; null: removed
    std::uint32_t given_out = 0;           // the highest number any version got
    std::uint32_t removed = 0;             // versions up to here are gone
  };
  explicit Vault(std::shared_ptr<StoreCore> core);
  Result<void> read_rows();
  Result<std::shared_ptr<Sealed>> begin_put(const std::string& name, const std::string& kind,
                                            std::string_view value, std::string& before);

  const std::shared_ptr<StoreCore> core_;  // shared with the store
  mutable std::mutex mutex_;
  std::map<std::string, Slot, std::less<>> slots_;
};

}  // namespace sallyport::storage
