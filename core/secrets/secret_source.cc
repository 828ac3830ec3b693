#include "core/secrets/secret_source.h"

#include <openssl/crypto.h>

#include "core/insist.h"
#include "core/log/log.h"
#include "core/secrets/echo_guard.h"
#include "core/secrets/limits.h"

namespace sallyport::secrets {
namespace {

bool same_bytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Error unavailable(const std::string& name, const Error& why) {
  return {why.code, "the secret " + name + " cannot be had: " + why.detail};
}

}  // namespace

SecretSource::SecretSource(const SecretVault& vault, const Clock& clock)
    : vault_(vault), clock_(clock), workers_(kFetchers, kFetchQueue) {}
SecretSource::~SecretSource() = default;

net::Awaitable<Result<SharedSecret>> SecretSource::get(config::SecretReference reference) {
  if (reference.sealed()) co_return open_sealed(reference);
  const std::string name = reference.name();
  Answer answer;
  bool begin = false;
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[name];
    if (entry.kept && clock_.mono() < entry.until) co_return *entry.kept;
    // What is over is not held on to while a new value is fetched, or cannot be.
    entry.kept.reset();
    entry.waiting.push_back(answer);
    begin = !std::exchange(entry.fetching, true);
  }
  if (begin) {
    std::function<void()> job = [this, reference] { fetch(reference); };
    if (!reference.blocks()) {
      job();
    } else if (!workers_.submit(std::move(job))) {
      Result<config::SecretBytes> full(
          Error{ErrorCode::kLimit, "too many secrets are fetched now"});
      settle(name, full);
    }
  }
  co_return co_await answer.wait();
}

Result<SharedSecret> SecretSource::open_sealed(const config::SecretReference& reference) {
  const std::string name = reference.name();
  Result<OpenedSecret> opened = vault_.open(reference.sealed_name());
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[name];
    report(name, entry, opened ? nullptr : &opened.error());
    if (!opened) return unavailable(name, opened.error());
    if (entry.last && entry.last->id.version == opened->version &&
        same_bytes(entry.last->value.view(), opened->value.view()))
      return entry.last;
  }
  SharedSecret held = hold(std::move(opened->value), {name, opened->version, 0});
  std::lock_guard lock(mutex_);
  entries_[name].last = held;
  return held;
}

SharedSecret SecretSource::hold(config::SecretBytes value, CredentialId id) {
  auto held = std::make_shared<HeldSecret>();
  held->value = std::move(value);
  held->id = std::move(id);
  held->guard = make_echo_guard(held->value.view());
  if (!held->guard)
    log::warn("a secret is too short to be kept from coming back in an answer",
              {{"secret", held->id.reference}});
  return held;
}

// Whoever waits gets an answer, also when memory runs out.
void SecretSource::fetch(const config::SecretReference& reference) noexcept {
  Result<config::SecretBytes> fetched(Error{ErrorCode::kInternal, {}});
  const bool done = insist([&] { fetched = reference.fetch(); });
  if (!done) fetched = Error{ErrorCode::kInternal, "no memory"};
  insist([&] { settle(reference.name(), fetched); });
}

void SecretSource::settle(const std::string& name, Result<config::SecretBytes>& fetched) {
  std::optional<Error> failure;
  if (!fetched) failure = unavailable(name, fetched.error());
  std::vector<Answer> waiting;
  std::optional<Result<SharedSecret>> result;
  {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[name];
    report(name, entry, fetched ? nullptr : &fetched.error());
    if (failure) {
      entry.kept.emplace(*failure);
      entry.until = clock_.mono() + kFailureKept;
    } else {
      const bool same = entry.last && same_bytes(entry.last->value.view(), fetched->view());
      if (!same) entry.last = hold(std::move(*fetched), {name, 0, ++entry.generation});
      entry.kept.emplace(entry.last);
      entry.until = clock_.mono() + kValueKept;
    }
    entry.fetching = false;
    waiting.swap(entry.waiting);
    result = entry.kept;
  }
  for (const Answer& answer : waiting) answer.set(*result);
}

void SecretSource::report(const std::string& name, Entry& entry, const Error* error) {
  const bool failing = error != nullptr;
  if (failing == entry.failing) return;
  entry.failing = failing;
  if (failing) {
    log::warn("a secret cannot be had; what needs it is refused",
              {{"secret", name}, {"cause", error->detail}});
  } else {
    log::info("a secret can be had again", {{"secret", name}});
  }
}

}  // namespace sallyport::secrets
