// What the parts of StoreReader share; only they include it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/files.h"
#include "storage/keys.h"
#include "storage/leaf.h"
#include "storage/payload_files.h"
#include "storage/reader.h"
#include "storage/sqlite.h"

namespace sallyport::storage {

// Opens payloads with the keys of their sessions; remembers the key of the session it saw last.
class PayloadOpener {
 public:
  PayloadOpener(Database& db, const KeyRing& keys, const HmacKey& hmac)
      : db_(db), keys_(keys), hmac_(hmac) {}
  // kNotFound: the session's key is gone. kUnauthenticated: altered. kInvalid: the key that wraps
  // the session's is not at hand.
  Result<std::string> open(SealedPayload& payload);

 private:
  Result<SecretKey> session_key(const SessionId& session, std::uint32_t key_id);
  Database& db_;
  const KeyRing& keys_;
  const HmacKey& hmac_;
  std::optional<std::pair<SessionId, std::uint32_t>> last_;
  SecretKey last_key_;
  Statement find_key_;
};

struct StoreReader::Impl {
  std::string path;
  Database db;
  std::optional<KeyRing> keys;
  std::optional<HmacKey> hmac;

  // Numbers of the events of one command, in order; the first is the intent.
  Result<std::vector<std::uint64_t>> events_of(const SessionId& session, CommandSeq seq);
  Result<Leaf> leaf(std::uint64_t event);
  // The plaintext that a leaf names, checked against the hash in it.
  Result<std::string> plaintext(const PayloadRef& ref, PayloadLookup& files, PayloadOpener& opener,
                                std::uint64_t& offset_us);
};

// The chunks that a leaf names.
const std::vector<PayloadRef>& payloads_of(const LeafBody& body);
std::string_view blob_of(const SessionId& id);

}  // namespace sallyport::storage
