#include "storage/reader.h"

#include <fmt/format.h>

#include "storage/reader_impl.h"

namespace sallyport::storage {
namespace {

Error no_key() {
  return {ErrorCode::kUnauthenticated,
          "recorded bytes are encrypted: name the configuration or the file of `secrets.key`"};
}

}  // namespace

std::string_view blob_of(const SessionId& id) {
  return {reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()};
}

const std::vector<PayloadRef>& payloads_of(const LeafBody& body) {
  static const std::vector<PayloadRef> none;
  if (const auto* intent = std::get_if<IntentLeaf>(&body)) return intent->payloads;
  if (const auto* outcome = std::get_if<OutcomeLeaf>(&body)) return outcome->payloads;
  if (const auto* chunks = std::get_if<ChunksLeaf>(&body)) return chunks->payloads;
  return none;
}

Result<SecretKey> PayloadOpener::session_key(const SessionId& session, std::uint32_t key_id) {
  if (last_ && last_->first == session && last_->second == key_id) return last_key_;
  if (find_key_.handle() == nullptr) {
    auto find =
        db_.prepare("SELECT wrapped, store_key FROM session_key WHERE session = ? AND key_id = ?");
    if (!find) return find.error();
    find_key_ = std::move(*find);
  }
  ResetGuard guard(find_key_);
  auto row = find_key_.bind_blob(1, blob_of(session)).bind(2, std::uint64_t{key_id}).step();
  if (!row) return row.error();
  if (!*row) return Error{ErrorCode::kNotFound, "the session's key is gone: it was erased"};
  auto key =
      keys_.unwrap(session_key_purpose(session, key_id), find_key_.text(1), find_key_.text(0));
  if (!key) return key;
  last_ = {session, key_id};
  last_key_ = *key;
  return key;
}

Result<std::string> PayloadOpener::open(SealedPayload& payload) {
  auto key = session_key(payload.place.session, payload.key_id);
  if (!key) return key.error();
  return open_payload(payload, *key, hmac_);
}

StoreReader::StoreReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StoreReader::~StoreReader() = default;

Result<std::unique_ptr<StoreReader>> StoreReader::open(const std::string& path,
                                                       std::optional<std::string_view> key,
                                                       std::string_view previous_key) {
  auto db = open_for_reading(path);
  if (!db) return db.error();
  if (auto known = check_identity(*db); !known)
    return Error{known.error().code, path + ": " + known.error().detail};
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->db = std::move(*db);
  if (key) {
    auto keys = KeyRing::derive(*key, previous_key);
    if (!keys) return keys.error();
    auto read =
        impl->db.prepare("SELECT wrapped, store_key FROM store_key WHERE name = 'payload-hmac'");
    if (!read) return read.error();
    auto row = read->step();
    if (!row) return row.error();
    auto hmac = *row ? keys->unwrap(kHmacKeyPurpose, read->text(1), read->text(0))
                     : Result<SecretKey>(Error{ErrorCode::kUnauthenticated, "it has no keys"});
    if (!hmac)
      return Error{
          ErrorCode::kUnauthenticated,
          fmt::format("{}: this is not the `secrets.key` that the store was made with ({})", path,
                      hmac.error().detail)};
    impl->keys.emplace(std::move(*keys));
    impl->hmac.emplace(*hmac);
  }
  return std::unique_ptr<StoreReader>(new StoreReader(std::move(impl)));
}

Result<std::vector<std::uint64_t>> StoreReader::Impl::events_of(const SessionId& session,
                                                                CommandSeq seq) {
  auto rows = db.prepare(
      "WITH c AS (SELECT event, outcome, session, seq FROM derived_command WHERE session = (SELECT "
      "opened FROM derived_session WHERE id = ?) AND seq = ?) SELECT event FROM c UNION SELECT "
      "d.event "
      "FROM derived_chunks d JOIN c ON d.session = c.session AND d.seq = c.seq UNION SELECT "
      "outcome FROM c "
      "WHERE outcome IS NOT NULL ORDER BY 1");
  if (!rows) return rows.error();
  rows->bind_blob(1, blob_of(session)).bind(2, std::uint64_t{to_number(seq)});
  std::vector<std::uint64_t> out;
  auto row = rows->step();
  for (; row && *row; row = rows->step()) out.push_back(rows->number(0));
  if (!row) return row.error();
  if (out.empty())
    return Error{ErrorCode::kNotFound,
                 fmt::format("session {} has no command {}", session.to_string(), to_number(seq))};
  return out;
}

Result<Leaf> StoreReader::Impl::leaf(std::uint64_t event) {
  auto read = db.prepare("SELECT bytes FROM leaf WHERE n = ?");
  if (!read) return read.error();
  auto row = read->bind(1, event).step();
  if (!row) return row.error();
  auto leaf = *row ? decode_leaf(read->text(0))
                   : Result<Leaf>(Error{ErrorCode::kMalformed, "it is missing"});
  if (!leaf)
    return Error{leaf.error().code, fmt::format("event {}: {}", event, leaf.error().detail)};
  return leaf;
}

Result<std::string> StoreReader::Impl::plaintext(const PayloadRef& ref, PayloadLookup& files,
                                                 PayloadOpener& opener, std::uint64_t& offset_us) {
  auto payload = files.find(ref.id, ref.stream == "command");
  if (!payload) return payload.error();
  auto bytes = opener.open(*payload);
  if (!bytes) return bytes;
  if (reference_to(*payload) != ref)
    return Error{ErrorCode::kMalformed,
                 fmt::format("payload {} is not the one that its event names", ref.id)};
  offset_us = payload->place.offset_us;
  return bytes;
}

Result<CommandFacts> StoreReader::facts(const SessionId& session, CommandSeq seq) {
  if (!impl_->keys) return no_key();
  auto events = impl_->events_of(session, seq);
  if (!events) return events.error();
  auto leaf = impl_->leaf(events->front());
  if (!leaf) return leaf.error();
  auto files = PayloadLookup::open(impl_->path);
  if (!files) return files.error();
  PayloadOpener opener(impl_->db, *impl_->keys, *impl_->hmac);
  std::string plain;
  for (const PayloadRef& ref : payloads_of(leaf->body)) {
    std::uint64_t offset_us = 0;
    auto piece = impl_->plaintext(ref, *files, opener, offset_us);
    if (!piece) return piece.error();
    plain += *piece;
  }
  auto command = decode_command(plain);
  if (!command) return command.error();
  return CommandFacts{std::move(command->text), std::move(command->attributes)};
}

Result<void> StoreReader::replay(const SessionId& session, CommandSeq seq,
                                 const std::function<bool(const ReplayChunk&)>& take) {
  if (!impl_->keys) return no_key();
  auto events = impl_->events_of(session, seq);
  if (!events) return events.error();
  auto files = PayloadLookup::open(impl_->path);
  if (!files) return files.error();
  PayloadOpener opener(impl_->db, *impl_->keys, *impl_->hmac);
  for (std::size_t i = 1; i < events->size(); ++i) {
    auto leaf = impl_->leaf((*events)[i]);
    if (!leaf) return leaf.error();
    for (const PayloadRef& ref : payloads_of(leaf->body)) {
      std::uint64_t offset_us = 0;
      auto bytes = impl_->plaintext(ref, *files, opener, offset_us);
      if (!bytes) return bytes.error();
      ReplayChunk chunk{ref.stream, std::chrono::microseconds(offset_us), std::move(*bytes)};
      if (!take(chunk)) return {};
    }
  }
  return {};
}

Result<std::vector<LeafRow>> StoreReader::leaves(std::uint64_t first, std::uint64_t limit) {
  auto rows = impl_->db.prepare("SELECT n, bytes FROM leaf WHERE n >= ? ORDER BY n LIMIT ?");
  if (!rows) return rows.error();
  rows->bind(1, first).bind(2, limit);
  std::vector<LeafRow> out;
  auto row = rows->step();
  for (; row && *row; row = rows->step())
    out.push_back({rows->number(0), std::string(rows->text(1))});
  if (!row) return row.error();
  return out;
}

}  // namespace sallyport::storage
