#include "core/identity/tickets.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "core/identity/base64url.h"
#include "core/identity/digest.h"
#include "core/identity/logins.h"
#include "core/identity/principal_json.h"

namespace sallyport::identity {
namespace {

constexpr std::string_view kPrefix = "spt_";
constexpr std::size_t kTicketBytes = 32;
constexpr std::size_t kTicketText = 4 + 43;  // the prefix and 32 bytes in base64url

std::string random_ticket() {
  std::array<unsigned char, kTicketBytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return {};
  std::string text(kPrefix);
  text += base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return text;
}

std::uint64_t microseconds(WallTime time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.time_since_epoch().count()));
}

const std::string* field(const Event& event, std::string_view name) {
  for (const auto& [key, value] : event.fields)
    if (key == name) return &value;
  return nullptr;
}

std::optional<WallTime> parse_time(const std::string* text) {
  std::int64_t microseconds = 0;
  if (text == nullptr) return std::nullopt;
  const auto [end, error] =
      std::from_chars(text->data(), text->data() + text->size(), microseconds);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return WallTime(std::chrono::microseconds(microseconds));
}

// The identity key, as sessions count it.
std::string subject_key(const Principal& p) { return p.issuer + '\0' + p.subject; }

}  // namespace

struct TicketBook::Impl {
  struct Entry {
    Principal principal;  // with the binding
    std::uint64_t uses = 0;
    WallTime expires_at{};
    MonoTime over_at{};  // the same by the clock that nobody sets
  };
  using Entries = std::unordered_map<std::string, Entry>;  // by the ticket's SHA-256 in hex

  Impl(Recorder& r, const Clock& c) : recorder(r), clock(c) {}

  bool over(const Entry& entry) const {
    return clock.wall() >= entry.expires_at || clock.mono() >= entry.over_at;
  }
  MonoTime mono_of(WallTime at) const { return clock.mono() + (at - clock.wall()); }

  Entries::iterator erase(Entries::iterator it) {
    const auto counted = per_subject.find(subject_key(it->second.principal));
    if (--counted->second == 0) per_subject.erase(counted);
    return entries.erase(it);
  }

  void drop_expired() {
    for (auto it = entries.begin(); it != entries.end();)
      it = over(it->second) ? erase(it) : std::next(it);
  }

  void add(const std::string& hash, Entry entry) {
    std::uint32_t& mine = per_subject[subject_key(entry.principal)];
    entries.emplace(hash, std::move(entry));
    ++mine;
  }

  bool has_room(const Principal& principal) const {
    if (entries.size() >= kTickets) return false;
    const auto mine = per_subject.find(subject_key(principal));
    return mine == per_subject.end() || mine->second < kTicketsPerSubject;
  }

  void record_use(Event event) {
    Pending recorded = recorder.event(event);
    unrecorded.emplace_back(std::move(recorded), std::move(event));
  }

  Recorder& recorder;
  const Clock& clock;
  mutable std::mutex mutex;
  Entries entries;
  std::unordered_map<std::string, std::uint32_t> per_subject;
  // Uses that the store has not confirmed yet, in the order of their spending.
  std::deque<std::pair<Pending, Event>> unrecorded;
};

TicketBook::TicketBook(Recorder& recorder, const Clock& clock)
    : impl_(std::make_unique<Impl>(recorder, clock)) {}

TicketBook::~TicketBook() = default;

bool TicketBook::looks_like_ticket(std::string_view credential) {
  return credential.starts_with(kPrefix);
}

Result<TicketBook::Issued> TicketBook::issue(TicketRequest request,
                                             const std::string& client_address) {
  if (request.lifetime < std::chrono::seconds(1) || request.lifetime > kMostTicketLifetime)
    return Error{ErrorCode::kInvalid, "a ticket's lifetime is from 1 to 900 seconds"};
  if (request.uses < 1 || request.uses > kTicketUses)
    return Error{ErrorCode::kInvalid, "a ticket has from 1 to 100 uses"};
  Impl::Entry entry;
  entry.principal = std::move(request.principal);
  entry.principal.bound_target = request.target;
  entry.principal.bound_role = request.role;
  entry.uses = request.uses;
  const WallTime now = impl_->clock.wall();
  entry.expires_at = std::min(now + request.lifetime, entry.principal.expires_at);
  entry.over_at = impl_->mono_of(entry.expires_at);
  if (entry.expires_at <= now) return Error{ErrorCode::kInvalid, "the token has expired"};
  Result<std::string> identity = encode_principal(entry.principal);
  if (!identity) return identity.error();

  Issued issued;
  issued.ticket.text = random_ticket();
  if (issued.ticket.text.empty()) return Error{ErrorCode::kInternal, "there is no randomness"};
  issued.ticket.expires_at = entry.expires_at;
  const std::string hash = to_hex(sha256(issued.ticket.text));
  const Event event{"ticket.issued",
                    {{"ticket", hash},
                     {"issuer", entry.principal.issuer},
                     {"subject", entry.principal.subject},
                     {"actor", entry.principal.actor()},
                     {"target", entry.principal.bound_target},
                     {"role", entry.principal.bound_role},
                     {"uses", std::to_string(entry.uses)},
                     {"expires_us", std::to_string(microseconds(entry.expires_at))},
                     {"client_address", client_address},
                     {"from_credential", entry.principal.credential_id},
                     {"identity", std::move(*identity)}}};
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->has_room(entry.principal)) impl_->drop_expired();
  if (!impl_->has_room(entry.principal))
    return Error{ErrorCode::kLimit, "too many tickets are outstanding"};
  impl_->add(hash, std::move(entry));
  issued.recorded = impl_->recorder.event(event);
  return issued;
}

std::variant<Principal, Rejection> TicketBook::redeem(std::string_view ticket,
                                                      const Attempt& attempt) {
  using Kind = Rejection::Kind;
  if (ticket.size() != kTicketText) return Rejection{"not a ticket: its length is wrong", {}, {}};
  // A use that cannot be recorded is not given.
  if (!impl_->recorder.healthy())
    return Rejection{"the audit store cannot take records", {}, {}, Kind::kUnverifiable};
  const std::string hash = to_hex(sha256(ticket));
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->entries.find(hash);
  if (found == impl_->entries.end())
    return Rejection{"the ticket is unknown, used up or expired", {}, {}};
  Impl::Entry& entry = found->second;
  Principal principal = entry.principal;
  const auto reject = [&](const char* why) {
    return Rejection{why, principal.issuer, principal.subject, Kind::kNotInForce};
  };
  if (impl_->over(entry)) return reject("the ticket has expired");
  if (attempt.target.empty()) return reject("a ticket opens targets and nothing else");
  if (!principal.bound_target.empty() && principal.bound_target != attempt.target)
    return reject("the ticket is for another target");
  if (principal.bound_target.empty() && principal.bound_role.empty())
    principal.bound_target = attempt.target;
  impl_->record_use({"ticket.redeemed",
                     {{"ticket", hash},
                      {"issuer", principal.issuer},
                      {"subject", principal.subject},
                      {"target", attempt.target},
                      {"bound_target", principal.bound_target},
                      {"uses_left", std::to_string(entry.uses - 1)},
                      {"protocol", attempt.protocol},
                      {"client_address", attempt.client_address}}});
  entry.principal.bound_target = principal.bound_target;
  if (--entry.uses == 0) impl_->erase(found);
  principal.auth_method = "ticket";
  principal.credential_id = hash;
  return principal;
}

bool TicketBook::restore(const StoredTicket& stored) {
  const Event event{"ticket.issued", stored.issued};
  const std::string* hash = field(event, "ticket");
  const std::string* identity = field(event, "identity");
  const std::optional<WallTime> expires_at = parse_time(field(event, "expires_us"));
  if (hash == nullptr || identity == nullptr || !expires_at) return false;
  Result<Principal> principal = decode_principal(*identity);
  if (!principal) return false;
  Impl::Entry entry;
  entry.principal = std::move(*principal);
  entry.principal.bound_target = stored.target;
  entry.uses = stored.uses_left;
  entry.expires_at = *expires_at;
  entry.over_at = impl_->mono_of(*expires_at);
  const std::lock_guard lock(impl_->mutex);
  if (entry.uses == 0 || impl_->over(entry)) return true;
  if (impl_->has_room(entry.principal)) impl_->add(*hash, std::move(entry));
  return true;
}

void TicketBook::sweep() {
  const std::lock_guard lock(impl_->mutex);
  impl_->drop_expired();
  if (!impl_->recorder.healthy()) return;
  // A use that was refused its record comes before all that may follow it.
  std::deque<std::pair<Pending, Event>> waiting;
  waiting.swap(impl_->unrecorded);
  for (auto& [pending, event] : waiting) {
    if (!pending.ready()) {
      impl_->unrecorded.emplace_back(std::move(pending), std::move(event));
    } else if (!*pending.peek()) {
      impl_->record_use(std::move(event));
    }
  }
}

std::size_t TicketBook::outstanding() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->entries.size();
}

}  // namespace sallyport::identity
