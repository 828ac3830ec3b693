// Derived rows of the events that have no leaf form of their own: told apart by their kind.
#include <charconv>

#include "storage/derive.h"
#include "storage/secret_version.h"

namespace sallyport::storage {
namespace {

constexpr std::string_view kAccessDisabled = "access.disabled";
constexpr std::string_view kAccessEnabled = "access.enabled";

Error does_not_fit(std::string what) { return {ErrorCode::kInvalid, std::move(what)}; }

std::string_view field(const EventLeaf& leaf, std::string_view name) {
  for (const auto& [key, value] : leaf.fields)
    if (key == name) return value;
  return {};
}

std::optional<std::uint64_t> number(const EventLeaf& leaf, std::string_view name) {
  const std::string_view text = field(leaf, name);
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

Result<void> Deriver::write(const LeafHeader& h, const EventLeaf& leaf) {
  if (leaf.kind == kCredentialInjected) return note_credential(h, leaf);
  if (leaf.kind == "ticket.issued") return issue_ticket(h, leaf);
  if (leaf.kind == "ticket.redeemed") return redeem_ticket(leaf);
  if (leaf.kind == kAccessDisabled || leaf.kind == kAccessEnabled) return note_access(h, leaf);
  if (leaf.kind == "authz.resolved") return note_roles(h, leaf);
  return {};
}

Result<void> Deriver::note_access(const LeafHeader& h, const EventLeaf& leaf) {
  const bool disabled = leaf.kind == kAccessDisabled;
  const std::string_view subject = field(leaf, "subject");
  const std::string_view issuer = field(leaf, "issuer");
  const std::string_view reason = field(leaf, "reason");
  const std::string_view by = field(leaf, "by");
  Statement& s = disabled ? disable_ : enable_;
  s.bind(1, subject).bind(2, issuer);
  if (disabled) s.bind(3, h.time_us).bind_optional(4, by).bind_optional(5, reason);
  if (auto done = s.run(); !done) return done;
  std::string who(subject);
  if (!issuer.empty()) who.append(" of ").append(issuer);
  std::string after = who + (disabled ? ": disabled" : ": enabled");
  if (!reason.empty()) after.append(", ").append(reason);
  const std::string before = who + (disabled ? ": enabled" : ": disabled");
  Statement& c = change_;
  c.bind(1, h.n).bind(2, h.time_us).bind(3, std::string_view("access")).bind_optional(4, by);
  return c.bind(5, std::string_view(before)).bind(6, std::string_view(after)).run();
}

Result<void> Deriver::note_roles(const LeafHeader& h, const EventLeaf& leaf) {
  for (const auto& [key, value] : leaf.fields) {
    constexpr std::string_view kRole = "role:";
    if (!key.starts_with(kRole)) continue;
    Statement& s = grant_;
    s.bind(1, field(leaf, "issuer")).bind(2, field(leaf, "subject"));
    s.bind(3, field(leaf, "target")).bind(4, std::string_view(key).substr(kRole.size()));
    if (auto done = s.bind(5, std::string_view(value)).bind(6, h.time_us).run(); !done) return done;
  }
  return {};
}

Result<void> Deriver::note_credential(const LeafHeader& h, const EventLeaf& leaf) {
  Statement& s = credential_;
  s.bind(1, field(leaf, "reference")).bind(2, number(leaf, "version").value_or(0));
  s.bind(3, field(leaf, "target")).bind(4, h.time_us);
  return s.bind(5, h.time_us).run();
}

Result<void> Deriver::issue_ticket(const LeafHeader& h, const EventLeaf& leaf) {
  const auto uses = number(leaf, "uses");
  const auto expires = number(leaf, "expires_us");
  if (!uses || !expires) return does_not_fit("issues a ticket without its uses or its end");
  Statement& s = issue_ticket_;
  s.bind(1, field(leaf, "ticket")).bind(2, h.n).bind(3, *expires).bind(4, *uses);
  auto done = s.bind_optional(5, field(leaf, "target")).run();
  if (!done && done.error().code == ErrorCode::kInvalid)
    return does_not_fit("issues a ticket a second time");
  return done;
}

Result<void> Deriver::redeem_ticket(const EventLeaf& leaf) {
  Statement& s = redeem_ticket_;
  auto done = s.bind_optional(1, field(leaf, "bound_target")).bind(2, field(leaf, "ticket")).run();
  if (!done) return done;
  if (db_->changes() != 1) return does_not_fit("redeems a ticket that has no use left");
  return {};
}

}  // namespace sallyport::storage
