// What a crash left behind: commands without an outcome, sessions without an end, and payload
// chunks that were durable before the leaf that was to name them.
#include "storage/limits.h"
#include "storage/log_writer.h"

namespace sallyport::storage {
namespace {

struct OpenCommand {
  std::uint64_t session_event = 0;
  SessionId session;
  std::uint32_t seq = 0;
  std::vector<PayloadRef> unnamed;
};
using CommandKey = std::pair<SessionId, std::uint32_t>;
using OpenCommands = std::map<CommandKey, OpenCommand>;

Result<OpenCommands> open_commands(Database& db) {
  auto rows = db.prepare(
      "SELECT c.session, s.id, c.seq FROM derived_command c INDEXED BY derived_command_open JOIN "
      "derived_session s ON s.opened = c.session WHERE c.outcome IS NULL AND c.decision = 'allow' "
      "ORDER BY "
      "c.event");
  if (!rows) return rows.error();
  OpenCommands out;
  auto row = rows->step();
  for (; row && *row; row = rows->step()) {
    auto id = session_from_blob(rows->text(1));
    if (!id) return id.error();
    auto seq = static_cast<std::uint32_t>(rows->number(2));
    out[{*id, seq}] = {rows->number(0), *id, seq, {}};
  }
  if (!row) return row.error();
  return out;
}

Result<std::set<std::uint64_t>> named_by_chunk_leaves(Database& db, const OpenCommands& open) {
  std::set<std::uint64_t> out;
  auto rows = db.prepare(
      "SELECT l.bytes FROM derived_chunks d JOIN leaf l ON l.n = d.event WHERE d.session = ? AND "
      "d.seq = ?");
  if (!rows) return rows.error();
  for (const auto& [key, command] : open) {
    ResetGuard guard(*rows);
    rows->bind(1, command.session_event).bind(2, std::uint64_t{command.seq});
    auto row = rows->step();
    for (; row && *row; row = rows->step()) {
      auto leaf = decode_leaf(rows->text(0));
      if (!leaf) return leaf.error();
      if (const auto* chunks = std::get_if<ChunksLeaf>(&leaf->body))
        for (const PayloadRef& ref : chunks->payloads) out.insert(ref.id);
    }
    if (!row) return row.error();
  }
  return out;
}

Result<std::optional<SecretKey>> session_key(Database& db, const KeyRing& keys,
                                             const SessionId& id) {
  auto read =
      db.prepare("SELECT wrapped, store_key FROM session_key WHERE session = ? AND key_id = 1");
  if (!read) return read.error();
  const auto& bytes = id.bytes();
  read->bind_blob(1, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  auto row = read->step();
  if (!row) return row.error();
  if (!*row) return std::optional<SecretKey>();
  auto opened = keys.unwrap(session_key_purpose(id, 1), read->text(1), read->text(0));
  if (!opened) return std::optional<SecretKey>();
  return std::optional<SecretKey>(*opened);
}

Result<bool> command_exists(Database& db, const SessionId& id, std::uint32_t seq) {
  auto read = db.prepare(
      "SELECT 1 FROM derived_command c JOIN derived_session s ON s.opened = c.session WHERE s.id = "
      "? AND c.seq "
      "= ?");
  if (!read) return read.error();
  const auto& bytes = id.bytes();
  read->bind_blob(1, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return read->bind(2, std::uint64_t{seq}).step();
}

}  // namespace

struct LogWriter::Pieces {
  OpenCommands open;
  std::set<std::uint64_t> named;

  // Sorts the chunks from `mark` on in one file: to their command, or away.
  Result<void> look_through(Database& log, const std::string& path, std::uint64_t mark,
                            const KeyRing& keys, const HmacKey& hmac) {
    auto file = Database::open(path, Database::Mode::kWrite);
    if (!file) return file.error();
    file->busy_timeout(kBusy);
    auto tables = has_tables(*file);
    if (!tables) return tables.error();
    if (!*tables) return {};
    auto full = file->prepare(select_payload("WHERE id = ?"));
    if (!full) return full.error();
    std::vector<std::uint64_t> orphans;
    auto rows = file->prepare("SELECT id, session, seq FROM payload WHERE id >= ? ORDER BY id");
    if (!rows) return rows.error();
    rows->bind(1, mark);
    auto row = rows->step();
    for (; row && *row; row = rows->step()) {
      auto session = session_from_blob(rows->text(1));
      if (!session) return session.error();
      CommandKey command{*session, static_cast<std::uint32_t>(rows->number(2))};
      auto kept = place(log, command, rows->number(0), *full, keys, hmac);
      if (!kept) return kept.error();
      if (!*kept) orphans.push_back(rows->number(0));
    }
    if (!row) return row.error();
    rows->reset();
    auto erase = file->prepare("DELETE FROM payload WHERE id = ?");
    if (!erase) return erase.error();
    for (std::uint64_t id : orphans)
      if (auto done = erase->bind(1, id).run(); !done) return done;
    return {};
  }

 private:
  // False: nothing can ever name the chunk.
  Result<bool> place(Database& log, const CommandKey& at, std::uint64_t id, Statement& full,
                     const KeyRing& keys, const HmacKey& hmac) {
    auto command = open.find(at);
    if (command == open.end()) return known(log, at);
    if (named.contains(id)) return true;
    ResetGuard guard(full);
    auto row = full.bind(1, id).step();
    if (!row) return row;
    auto payload = read_payload(full);
    if (!payload) return payload.error();
    auto secret = session_key(log, keys, at.first);
    if (!secret) return secret.error();
    if (!*secret || !open_payload(*payload, **secret, hmac)) return false;
    command->second.unnamed.push_back(reference_to(*payload));
    return true;
  }

  Result<bool> known(Database& log, const CommandKey& at) {
    if (last_asked_ == at) return last_answer_;
    auto exists = command_exists(log, at.first, at.second);
    if (!exists) return exists;
    last_asked_ = at;
    last_answer_ = *exists;
    return exists;
  }

  std::optional<CommandKey> last_asked_;
  bool last_answer_ = false;
};

Result<std::vector<Record>> LogWriter::left_open(const HmacKey& hmac) {
  const auto keys = keys_->get();
  Pieces pieces;
  auto open = open_commands(db_);
  if (!open) return open.error();
  pieces.open = std::move(*open);
  auto named = named_by_chunk_leaves(db_, pieces.open);
  if (!named) return named.error();
  pieces.named = std::move(*named);
  std::uint64_t mark = state("payload_mark").value_or(0);
  for (const std::string& path : list_payload_files(path_))
    if (auto done = pieces.look_through(db_, path, mark, *keys, hmac); !done)
      return Error{done.error().code, path + ": " + done.error().detail};

  std::vector<Record> out;
  for (auto& [at, command] : pieces.open) {
    OutcomeLeaf leaf;
    leaf.session = command.session;
    leaf.seq = command.seq;
    leaf.detail = "the broker stopped before the command was over";
    leaf.payloads = std::move(command.unnamed);
    Record& record = out.emplace_back();
    record.body = std::move(leaf);
    record.encoded = encode_body(*record.body);
  }
  auto sessions = db_.prepare(
      "SELECT id, (SELECT coalesce(sum(bytes_in), 0) FROM derived_command WHERE session = opened), "
      "(SELECT "
      "coalesce(sum(bytes_out), 0) FROM derived_command WHERE session = opened) FROM "
      "derived_session "
      "INDEXED BY derived_session_live WHERE ended_us IS NULL ORDER BY opened");
  if (!sessions) return sessions.error();
  auto row = sessions->step();
  for (; row && *row; row = sessions->step()) {
    auto id = session_from_blob(sessions->text(0));
    if (!id) return id.error();
    Record& record = out.emplace_back();
    record.body = SessionClosedLeaf{*id, "unknown", sessions->number(1), sessions->number(2)};
    record.encoded = encode_body(*record.body);
  }
  if (!row) return row.error();
  return out;
}

}  // namespace sallyport::storage
