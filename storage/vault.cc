#include "storage/vault.h"

#include "storage/limits.h"
#include "storage/secret_version.h"
#include "storage/store_core.h"

namespace sallyport::storage {
namespace {

// Each key seals one message only.
constexpr std::string_view kNonce("\0\0\0\0\0\0\0\0\0\0\0\0", 12);

// What the transaction of the change writes beside the leaf; the key is wrapped by whichever store
// key is in force then.
std::function<Result<void>(Database&)> insertion(const KeysInForce& keys, std::string name,
                                                 std::uint32_t version, const SecretKey& key,
                                                 std::string sealed) {
  return [&keys, name = std::move(name), version, key,
          sealed = std::move(sealed)](Database& db) -> Result<void> {
    const auto ring = keys.get();
    auto wrapped = ring->current().wrap(secret_purpose(name, version), key);
    if (!wrapped) return wrapped.error();
    auto put = db.prepare(
        "INSERT INTO secret(name, version, store_key, wrapped, sealed) VALUES(?,?,?,?,?)");
    if (!put) return put.error();
    put->bind(1, std::string_view(name)).bind(2, std::uint64_t{version});
    put->bind(3, std::string_view(ring->current().id())).bind_blob(4, *wrapped);
    return put->bind_blob(5, sealed).run();
  };
}

std::function<Result<void>(Database&)> deletion(std::string name, std::uint32_t through) {
  return [name = std::move(name), through](Database& db) -> Result<void> {
    auto erase = db.prepare("DELETE FROM secret WHERE name = ? AND version <= ?");
    if (!erase) return erase.error();
    return erase->bind(1, std::string_view(name)).bind(2, std::uint64_t{through}).run();
  };
}

Record change_record(const std::string& by, std::string before, std::string after) {
  return make_record(
      make_change({std::string(kSecretChange), by, std::move(before), std::move(after)}));
}

Error not_recorded(const Error& why) { return {ErrorCode::kNotRecorded, why.detail}; }

}  // namespace

Vault::Vault(std::shared_ptr<StoreCore> core) : core_(std::move(core)) {}
Vault::~Vault() = default;

Result<std::unique_ptr<Vault>> Vault::load(std::shared_ptr<StoreCore> core) {
  std::unique_ptr<Vault> vault(new Vault(std::move(core)));
  if (auto read = vault->read_rows(); !read) return read.error();
  return vault;
}

Result<void> Vault::read_rows() {
  auto db = open_for_reading(core_->path());
  if (!db) return db.error();
  auto rows = db->prepare(
      "SELECT d.name, d.version, d.kind, d.removed_us, s.store_key, s.wrapped, s.sealed FROM "
      "derived_secret d LEFT JOIN secret s ON s.name = d.name AND s.version = d.version ORDER BY "
      "d.name, d.version");
  if (!rows) return rows.error();
  const auto keys = core_->keys().get();
  auto row = rows->step();
  for (; row && *row; row = rows->step()) {
    const std::string name(rows->text(0));
    const auto version = static_cast<std::uint32_t>(rows->number(1));
    Slot& slot = slots_[name];
    slot.given_out = version;
    slot.newest = nullptr;
    if (!rows->is_null(3)) {
      slot.removed = version;
      continue;
    }
    auto sealed = std::make_shared<Sealed>();
    sealed->version = version;
    sealed->kind = rows->text(2);
    sealed->bytes = rows->text(6);
    auto key = rows->is_null(4)
                   ? Result<SecretKey>(Error{ErrorCode::kUnauthenticated, "its row is missing"})
                   : keys->unwrap(secret_purpose(name, version), rows->text(4), rows->text(5));
    if (key) {
      sealed->key = *key;
    } else {
      sealed->broken = Error{ErrorCode::kUnauthenticated, key.error().detail};
    }
    slot.newest = std::move(sealed);
  }
  if (!row) return row.error();
  return {};
}

Result<OpenedSecret> Vault::open(std::string_view name) const {
  std::shared_ptr<const Sealed> sealed;
  {
    std::lock_guard lock(mutex_);
    if (auto found = slots_.find(name); found != slots_.end()) sealed = found->second.newest;
  }
  if (!sealed) return Error{ErrorCode::kNotFound, "no secret of this name is set"};
  if (sealed->broken) return *sealed->broken;
  auto opened = gcm_open(sealed->key, kNonce, secret_purpose(name, sealed->version), sealed->bytes);
  if (!opened) return opened.error();
  OpenedSecret out;
  out.value = config::SecretBytes(std::move(*opened));
  out.version = sealed->version;
  return out;
}

std::optional<std::string> Vault::kind_of(std::string_view name) const {
  std::lock_guard lock(mutex_);
  auto found = slots_.find(name);
  if (found == slots_.end() || !found->second.newest) return std::nullopt;
  return found->second.newest->kind;
}

// Checks, gives out the number and seals; `before` gets what is in force.
Result<std::shared_ptr<Vault::Sealed>> Vault::begin_put(const std::string& name,
                                                        const std::string& kind,
                                                        std::string_view value,
                                                        std::string& before) {
  if (!config::is_secret_name(name))
    return Error{ErrorCode::kInvalid,
                 "a secret's name is 1 to 128 lower-case letters, digits, '.', '_' and '-', and "
                 "starts with a letter or digit"};
  if (!is_secret_kind(kind))
    return Error{ErrorCode::kInvalid,
                 "a secret's kind is password, token, private_key, certificate or other"};
  if (value.empty()) return Error{ErrorCode::kInvalid, "the secret is empty"};
  if (value.size() > kSecretValue)
    return Error{ErrorCode::kLimit, "the secret is larger than 64 KiB"};
  auto made = std::make_shared<Sealed>();
  made->kind = kind;
  made->key = SecretKey::random();
  {
    std::lock_guard lock(mutex_);
    auto found = slots_.find(name);
    if (found == slots_.end()) {
      if (slots_.size() >= kSecrets)
        return Error{ErrorCode::kLimit, "the store has its limit of secrets"};
      found = slots_.try_emplace(name).first;
    }
    Slot& slot = found->second;
    if (slot.newest) before = to_text({name, slot.newest->version, slot.newest->kind});
    made->version = ++slot.given_out;
  }
  auto sealed = gcm_seal(made->key, kNonce, secret_purpose(name, made->version), value);
  if (!sealed) return sealed.error();
  made->bytes = std::move(*sealed);
  return made;
}

net::Awaitable<Result<std::uint32_t>> Vault::put(std::string name, std::string kind,
                                                 config::SecretBytes value, std::string by) {
  std::string before;
  auto begun = begin_put(name, kind, value.view(), before);
  if (!begun) co_return begun.error();
  const std::shared_ptr<Sealed> sealed = std::move(*begun);
  Record record = change_record(by, std::move(before), to_text({name, sealed->version, kind}));
  record.job = insertion(core_->keys(), name, sealed->version, sealed->key, sealed->bytes);
  Pending pending = record.pending;
  core_->submit(record);
  Result<EventNumber> durable = co_await pending.wait();
  if (!durable) co_return not_recorded(durable.error());
  std::lock_guard lock(mutex_);
  Slot& slot = slots_.find(name)->second;
  const bool newer = !slot.newest || slot.newest->version < sealed->version;
  if (newer && sealed->version > slot.removed) slot.newest = sealed;
  co_return sealed->version;
}

net::Awaitable<Result<void>> Vault::remove(std::string name, std::string by) {
  std::optional<SecretVersion> last;
  {
    std::lock_guard lock(mutex_);
    auto found = slots_.find(name);
    if (found != slots_.end() && found->second.newest)
      last = SecretVersion{name, found->second.newest->version, found->second.newest->kind};
  }
  if (!last) co_return Error{ErrorCode::kNotFound, "no secret of this name is set"};
  Record record = change_record(by, to_text(*last), {});
  record.job = deletion(name, last->version);
  Pending pending = record.pending;
  core_->submit(record);
  Result<EventNumber> durable = co_await pending.wait();
  if (!durable) co_return not_recorded(durable.error());
  std::lock_guard lock(mutex_);
  Slot& slot = slots_.find(name)->second;
  slot.removed = std::max(slot.removed, last->version);
  if (slot.newest && slot.newest->version <= slot.removed) slot.newest = nullptr;
  co_return Result<void>();
}

}  // namespace sallyport::storage
