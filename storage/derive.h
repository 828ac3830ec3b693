// Writes the derived rows of a leaf. The store does it in the transaction of the leaf, a
// verification does it into a scratch database: one code, so that the two can be compared. Also
// what finds records that do not fit what was recorded before (an outcome without its intent, a
// session nobody opened): kInvalid, nothing written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/ids.h"
#include "core/result.h"
#include "storage/leaf.h"
#include "storage/sqlite.h"

namespace sallyport::storage {

class Deriver {
 public:
  // The database has the derived tables already, and outlives the Deriver.
  static Result<Deriver> make(Database& db);

  // `text`: the command's text of an intent; null when it cannot be read any more.
  Result<void> apply(const LeafHeader& header, const LeafBody& body,
                     const std::optional<std::string>& text);
  // After a rollback: what was remembered of earlier rows may be gone.
  void forget() { sessions_.clear(); }
  // The number of the event that opened the session; kInvalid: none did.
  Result<std::uint64_t> session_event(const SessionId& id);

 private:
  Deriver() = default;
  Result<void> write(const LeafHeader& h, const SessionOpenedLeaf& leaf);
  Result<void> write(const LeafHeader& h, const SessionClosedLeaf& leaf);
  Result<void> write(const LeafHeader& h, const IntentLeaf& leaf);
  Result<void> write(const LeafHeader& h, const OutcomeLeaf& leaf);
  Result<void> write(const LeafHeader& h, const ChunksLeaf& leaf);
  Result<void> write(const LeafHeader& h, const TruncatedLeaf& leaf);
  Result<void> write(const LeafHeader& h, const LoginLeaf& leaf);
  Result<void> write(const LeafHeader& h, const ChangeLeaf& leaf);
  Result<void> write(const LeafHeader& h, const EventLeaf& leaf);
  Result<void> change_secret(const LeafHeader& h, const ChangeLeaf& leaf);
  // derive_events.cc
  Result<void> note_access(const LeafHeader& h, const EventLeaf& leaf);
  Result<void> note_roles(const LeafHeader& h, const EventLeaf& leaf);
  Result<void> note_credential(const LeafHeader& h, const EventLeaf& leaf);
  Result<void> issue_ticket(const LeafHeader& h, const EventLeaf& leaf);
  Result<void> redeem_ticket(const EventLeaf& leaf);
  Result<std::uint64_t> command_session(const SessionId& id, std::uint32_t seq);

  Database* db_ = nullptr;
  const std::optional<std::string>* text_ = nullptr;  // of the leaf being applied
  // Sessions that are open, by id.
  std::unordered_map<SessionId, std::uint64_t> sessions_;
  Statement open_session_;
  Statement close_session_;
  Statement find_session_;
  Statement find_command_;
  Statement intent_;
  Statement outcome_;
  Statement chunks_;
  Statement login_;
  Statement change_;
  Statement set_secret_;
  Statement remove_secret_;
  Statement credential_;
  Statement issue_ticket_;
  Statement redeem_ticket_;
  Statement seen_;
  Statement failed_;
  Statement opened_;
  Statement grant_;
  Statement disable_;
  Statement enable_;
};

}  // namespace sallyport::storage
