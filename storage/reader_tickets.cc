// The tickets that can still be used: what a starting broker goes on with.
#include "storage/reader_impl.h"

namespace sallyport::storage {

Result<std::vector<TicketRow>> StoreReader::tickets(WallTime now) {
  auto rows = impl_->db.prepare(
      "SELECT issued, uses_left, coalesce(target, '') FROM derived_ticket WHERE uses_left > 0 AND "
      "expires_us > ? ORDER BY issued");
  if (!rows) return rows.error();
  rows->bind(1, static_cast<std::uint64_t>(now.time_since_epoch().count()));
  std::vector<TicketRow> out;
  auto row = rows->step();
  for (; row && *row; row = rows->step()) {
    TicketRow ticket;
    ticket.event = rows->number(0);
    ticket.uses_left = rows->number(1);
    ticket.target = rows->text(2);
    auto leaf = impl_->leaf(ticket.event);
    if (!leaf) return leaf.error();
    if (auto* issued = std::get_if<EventLeaf>(&leaf->body)) ticket.issued = issued->fields;
    out.push_back(std::move(ticket));
  }
  if (!row) return row.error();
  return out;
}

}  // namespace sallyport::storage
