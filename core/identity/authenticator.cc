#include "core/identity/authenticator.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "core/identity/algorithms.h"
#include "core/identity/claims.h"
#include "core/identity/jws.h"
#include "core/identity/key_report.h"
#include "core/identity/key_source.h"
#include "core/identity/limits.h"
#include "core/identity/token_cache.h"
#include "core/log/log.h"

namespace sallyport::identity {
namespace {

// One issuer in force.
struct Trusted {
  config::Issuer issuer;
  std::vector<Algorithm> algorithms;
  std::shared_ptr<KeySource> source;  // shared with the next configuration, which may keep it
};

using TrustedList = std::vector<Trusted>;
using Verdict = std::variant<Principal, Rejection>;

// What a refused token claimed, fit for a log: no control bytes, bounded, and no character cut in
// two.
std::string claimed(std::string text) {
  std::erase_if(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
  if (text.size() <= kClaimedBytes) return text;
  std::size_t end = kClaimedBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

const Trusted* find_issuer(const TrustedList& list, const std::string& issuer) {
  for (const Trusted& trusted : list) {
    if (trusted.issuer.issuer == issuer) return &trusted;
  }
  return nullptr;
}

// The thumbprint of the key that signed.
Result<std::string> check_signature(const Jws& jws, const Trusted& trusted) {
  const Result<std::shared_ptr<const KeySet>> keys = trusted.source->keys();
  if (!keys) return keys.error();
  const Result<const KeySet::Key*> key = verify_signature(jws, **keys, trusted.algorithms);
  if (!key) return key.error();
  return (*key)->thumbprint;
}

Verdict verify(std::string_view token, const Sha256& digest, const TrustedList& list,
               WallTime now) {
  const Result<Jws> jws = parse_jws(token);
  using Kind = Rejection::Kind;
  if (!jws) return Rejection{jws.error().detail, {}, {}, Kind::kNotAuthentic};
  const Result<UnverifiedClaims> unverified = UnverifiedClaims::parse(jws->payload);
  if (!unverified) return Rejection{unverified.error().detail, {}, {}, Kind::kNotAuthentic};
  const Trusted* trusted = find_issuer(list, unverified->issuer());
  const config::ClaimPath subject_claim =
      trusted == nullptr ? config::Issuer().subject_claim : trusted->issuer.subject_claim;
  const auto reject = [&](const std::string& reason, Kind kind) {
    return Rejection{reason,
                     trusted == nullptr ? claimed(unverified->issuer()) : trusted->issuer.name,
                     claimed(unverified->subject(subject_claim)), kind, std::nullopt};
  };
  if (trusted == nullptr) {
    return reject("the token's issuer is not one of identity.issuers", Kind::kNotAuthentic);
  }
  Result<std::string> key = check_signature(*jws, *trusted);
  if (!key) {
    const bool unknown = key.error().code == ErrorCode::kNotFound;
    // With no keys, or an unknown one while there is nobody to ask, the token may well be good.
    const bool open =
        key.error().code == ErrorCode::kUnavailable || (unknown && trusted->source->failing());
    Rejection rejection =
        reject(key.error().detail, open ? Kind::kUnverifiable : Kind::kNotAuthentic);
    if (unknown) rejection.newer_keys = trusted->source->want_newer();
    return rejection;
  }
  Result<Claims> claims = unverified->check(trusted->issuer, jws->says_access_token, now);
  if (!claims) return reject(claims.error().detail, Kind::kNotInForce);
  Principal principal;
  principal.issuer = trusted->issuer.name;
  principal.subject = std::move(claims->subject);
  principal.actors = std::move(claims->actors);
  principal.groups = std::move(claims->groups);
  principal.auth_method = to_string(claims->kind);
  principal.credential_id = to_hex(digest);
  principal.key_id = *std::move(key);
  principal.expires_at = claims->refused_from;
  return principal;
}

}  // namespace

std::optional<net::OneShot<bool>> newer_keys(const Verdict& verdict) {
  const auto* rejection = std::get_if<Rejection>(&verdict);
  return rejection == nullptr ? std::nullopt : rejection->newer_keys;
}

struct Authenticator::Impl {
  Impl(const Clock& with, AuthenticatorSettings how)
      : clock(with), first_fetch_wait(how.first_fetch_wait), report(std::move(how.report)) {}

  // The issuers as the next configuration has them; sources that it can keep are kept.
  Result<std::shared_ptr<const TrustedList>> build(const std::vector<config::Issuer>& issuers);
  std::shared_ptr<const TrustedList> current() const {
    const std::lock_guard lock(mutex);
    return trusted;
  }
  void install(std::shared_ptr<const TrustedList> next);
  void on_news(const std::string& issuer, KeySource::News news, const std::string& why);
  void report_keys(const Trusted& one);

  const Clock& clock;
  const std::chrono::milliseconds first_fetch_wait;
  KeyReport report;
  // Counts changes of issuers and keys: a token accepted before the last one is verified anew.
  std::atomic<std::uint64_t> generation{1};
  TokenCache cache;
  mutable std::mutex mutex;
  // Shared with verifications in progress; never null.
  std::shared_ptr<const TrustedList> trusted = std::make_shared<const TrustedList>();
};

Result<std::shared_ptr<const TrustedList>> Authenticator::Impl::build(
    const std::vector<config::Issuer>& issuers) {
  auto next = std::make_shared<TrustedList>();
  const std::shared_ptr<const TrustedList> before = current();
  for (const config::Issuer& issuer : issuers) {
    Result<std::vector<Algorithm>> algorithms = parse_algorithms(issuer.algorithms);
    if (!algorithms) {
      return Error{ErrorCode::kInvalid, "issuer " + issuer.name + ": " + algorithms.error().detail};
    }
    std::shared_ptr<KeySource> source;
    for (const Trusted& old : *before) {
      if (old.source->serves(issuer)) source = old.source;
    }
    if (source == nullptr) {
      Result<std::shared_ptr<KeySource>> made = KeySource::make(
          issuer, [this, name = issuer.name](KeySource::News news, const std::string& why) {
            on_news(name, news, why);
          });
      if (!made) return made.error();
      source = std::move(*made);
    }
    next->push_back({issuer, std::move(*algorithms), std::move(source)});
  }
  // The same moment for all of them: they fetch side by side.
  const auto at = std::chrono::steady_clock::now() + first_fetch_wait;
  for (const Trusted& one : *next) {
    one.source->wait_for_first_fetch(at);
    if (one.source->last_known() != nullptr) continue;
    log::warn("tokens of an issuer are refused until its keys arrive",
              {{"issuer", one.issuer.name}});
  }
  return std::shared_ptr<const TrustedList>(std::move(next));
}

void Authenticator::Impl::install(std::shared_ptr<const TrustedList> next) {
  const std::shared_ptr<const TrustedList> before = current();
  {
    const std::lock_guard lock(mutex);
    trusted = next;
  }
  ++generation;
  // A verification in progress may hold `before` longer than we do, and must not be the one that
  // waits for threads to end.
  for (const Trusted& old : *before) {
    const bool kept = std::any_of(next->begin(), next->end(),
                                  [&](const Trusted& one) { return one.source == old.source; });
    if (!kept) old.source->shut_down();
  }
  std::vector<std::string> names;
  for (const Trusted& one : *next) {
    names.push_back(one.issuer.name);
    report_keys(one);
  }
  report.retain(names);
}

// On a source's thread. Keys of a configuration that is not in force yet are told by install().
void Authenticator::Impl::on_news(const std::string& issuer, KeySource::News news,
                                  const std::string& why) {
  // Other keys, or none any more: what was accepted with the old ones is judged anew.
  if (news == KeySource::News::kChanged || news == KeySource::News::kLapsed) ++generation;
  report.news(issuer, news, why);
  const std::shared_ptr<const TrustedList> list = current();
  for (const Trusted& one : *list) {
    if (one.issuer.name == issuer) report_keys(one);
  }
}

void Authenticator::Impl::report_keys(const Trusted& one) {
  const std::shared_ptr<const KeySet> keys = one.source->last_known();
  if (keys != nullptr) report.keys(one.issuer.name, *keys);
}

Authenticator::Authenticator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

// The sources' threads look at the list: they end before it goes.
Authenticator::~Authenticator() {
  const std::shared_ptr<const TrustedList> last = impl_->current();
  for (const Trusted& one : *last) one.source->shut_down();
}

Result<std::unique_ptr<Authenticator>> Authenticator::make(
    const std::vector<config::Issuer>& issuers, const Clock& clock,
    AuthenticatorSettings settings) {
  std::unique_ptr<Authenticator> made(
      new Authenticator(std::make_unique<Impl>(clock, std::move(settings))));
  if (const Result<void> replaced = made->replace(issuers); !replaced) return replaced.error();
  return made;
}

Result<void> Authenticator::replace(const std::vector<config::Issuer>& issuers) {
  Result<std::shared_ptr<const TrustedList>> next = impl_->build(issuers);
  if (!next) return next.error();
  impl_->install(std::move(*next));
  return {};
}

bool Authenticator::vouches(const Principal& principal) const {
  const std::shared_ptr<const TrustedList> list = impl_->current();
  for (const Trusted& trusted : *list) {
    if (trusted.issuer.name != principal.issuer) continue;
    const std::shared_ptr<const KeySet> keys = trusted.source->last_known();
    // Keys that have not come in since a reload are not known to be gone.
    return principal.key_id.empty() || keys == nullptr || keys->holds(principal.key_id);
  }
  return false;
}

std::uint64_t Authenticator::generation() const { return impl_->generation; }

std::variant<Principal, Rejection> Authenticator::authenticate(std::string_view token) const {
  if (token.size() > kTokenBytes)
    return Rejection{"the token is too long", {}, {}, Rejection::Kind::kNotAuthentic};
  const Sha256 digest = sha256(token);
  const WallTime now = impl_->clock.wall();
  // Read before the keys: a change in between leaves an entry of the old generation, which is not
  // used.
  const std::uint64_t generation = impl_->generation;
  if (const auto known = impl_->cache.find(digest, generation, now)) return *known;
  const std::shared_ptr<const TrustedList> list = impl_->current();
  Verdict verdict = verify(token, digest, *list, now);
  if (const auto* principal = std::get_if<Principal>(&verdict)) {
    impl_->cache.insert(digest, generation, std::make_shared<const Principal>(*principal));
  }
  return verdict;
}

std::optional<Principal> Authenticator::remembered(std::string_view token) const {
  if (token.size() > kTokenBytes) return std::nullopt;
  const auto known =
      impl_->cache.find(sha256(token), impl_->generation.load(), impl_->clock.wall());
  return known ? std::optional<Principal>(*known) : std::nullopt;
}

std::variant<Principal, Rejection> Authenticator::authenticate_at(std::string_view token,
                                                                  WallTime now) const {
  if (token.size() > kTokenBytes)
    return Rejection{"the token is too long", {}, {}, Rejection::Kind::kNotAuthentic};
  const std::shared_ptr<const TrustedList> list = impl_->current();
  return verify(token, sha256(token), *list, now);
}

}  // namespace sallyport::identity
