#include "protocols/postgres/scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>
#include <optional>

#include "core/identity/digest.h"
#include "core/insist.h"
#include "protocols/postgres/limits.h"

namespace sallyport::postgres {
namespace {

Error malformed(std::string what) { return {ErrorCode::kMalformed, "SCRAM: " + std::move(what)}; }

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string encode64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(bytes),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

// Strict: OpenSSL's decoder skips white space and does not say what padding was.
std::optional<std::string> decode64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > kScramMessage) return std::nullopt;
  if (text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") !=
      std::string_view::npos)
    return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  if (text.substr(0, text.size() - padding).find('=') != std::string_view::npos)
    return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(text),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(size) - padding);
  if (encode64(out) != text) return std::nullopt;
  return out;
}

std::string_view view(const ScramKey& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

ScramKey hmac(std::string_view key, std::string_view text) {
  ScramKey out;
  unsigned size = 0;
  require_memory(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text),
                      text.size(), out.data(), &size) != nullptr);
  return out;
}

// "a=value" at the start of a comma-separated message, taken off.
std::optional<std::string_view> take(std::string_view& message, char name) {
  if (message.size() < 2 || message[0] != name || message[1] != '=') return std::nullopt;
  const std::size_t end = message.find(',');
  const std::string_view value = message.substr(2, end == std::string_view::npos ? end : end - 2);
  message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
  return value;
}

}  // namespace

ScramKeys::~ScramKeys() {
  OPENSSL_cleanse(client.data(), client.size());
  OPENSSL_cleanse(server.data(), server.size());
}

std::shared_ptr<const ScramKeys> ScramKeyCache::get(std::string_view password,
                                                    std::string_view salt,
                                                    std::uint32_t iterations) {
  // The parts' lengths tell them apart; the digest is not of the password alone.
  const ScramKey keyed = hmac(password, salt);
  const std::string name = identity::to_hex(keyed) + ":" + std::to_string(iterations);
  {
    std::lock_guard lock(mutex_);
    if (const auto found = keys_.find(name); found != keys_.end()) return found->second;
  }
  ScramKey salted;
  require_memory(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                                   bytes_of(salt), static_cast<int>(salt.size()),
                                   static_cast<int>(iterations), EVP_sha256(),
                                   static_cast<int>(salted.size()), salted.data()) == 1);
  auto made = std::make_shared<ScramKeys>();
  made->client = hmac(view(salted), "Client Key");
  made->server = hmac(view(salted), "Server Key");
  OPENSSL_cleanse(salted.data(), salted.size());
  std::lock_guard lock(mutex_);
  if (keys_.size() >= kScramKeys) keys_.clear();
  keys_[name] = made;
  return made;
}

ScramClient::ScramClient(std::string nonce, std::string channel_binding, bool could_bind,
                         ScramKeyCache& cache)
    : nonce_(encode64(nonce)),
      binding_(std::move(channel_binding)),
      could_bind_(could_bind),
      cache_(cache) {}

std::string_view ScramClient::mechanism() const {
  return binding_.empty() ? "SCRAM-SHA-256" : "SCRAM-SHA-256-PLUS";
}

// "y" is for a client that could have bound and sees a server that does not offer it.
std::string ScramClient::header() const {
  if (!binding_.empty()) return "p=tls-server-end-point,,";
  return could_bind_ ? "y,," : "n,,";
}

// PostgreSQL takes the user from the start-up packet and ignores this name.
std::string ScramClient::first() const { return header() + "n=,r=" + nonce_; }

Result<std::string> ScramClient::answer(std::string_view server_first, std::string_view password) {
  if (server_first.size() > kScramMessage) return malformed("the server's message is too long");
  std::string_view rest = server_first;
  const auto nonce = take(rest, 'r');
  const auto salt_text = take(rest, 's');
  const auto count = take(rest, 'i');
  if (!nonce || !salt_text || !count) return malformed("the server's first message does not fit");
  if (!nonce->starts_with(nonce_) || nonce->size() == nonce_.size())
    return malformed("the server's nonce does not begin with ours");
  const auto salt = decode64(*salt_text);
  if (!salt) return malformed("the server's salt is not base64");
  std::uint32_t iterations = 0;
  const auto [end, problem] =
      std::from_chars(count->data(), count->data() + count->size(), iterations);
  if (problem != std::errc() || end != count->data() + count->size())
    return malformed("the iteration count is not a number");
  if (iterations < kLeastScramIterations || iterations > kScramIterations)
    return Error{ErrorCode::kLimit, "SCRAM: " + std::to_string(iterations) +
                                        " iterations; between 4,096 and 1,000,000 are accepted"};
  keys_ = cache_.get(password, *salt, iterations);
  const std::string without_proof =
      "c=" + encode64(header() + binding_) + ",r=" + std::string(*nonce);
  messages_ = "n=,r=" + nonce_ + "," + std::string(server_first) + "," + without_proof;
  const identity::Sha256 stored = identity::sha256(view(keys_->client));
  ScramKey proof = hmac(view(stored), messages_);
  for (std::size_t i = 0; i < proof.size(); ++i) proof[i] ^= keys_->client[i];
  return without_proof + ",p=" + encode64(view(proof));
}

Result<void> ScramClient::verify(std::string_view server_final) const {
  if (keys_ == nullptr) return malformed("the server ends before it began");
  std::string_view rest = server_final;
  if (const auto refused = take(rest, 'e'))
    return Error{ErrorCode::kUnauthenticated, "SCRAM: the server refuses the login"};
  const auto shown = take(rest, 'v');
  const auto signature = shown ? decode64(*shown) : std::nullopt;
  if (!signature) return malformed("the server's final message does not fit");
  const ScramKey expected = hmac(view(keys_->server), messages_);
  if (signature->size() != expected.size() ||
      CRYPTO_memcmp(signature->data(), expected.data(), expected.size()) != 0)
    return Error{ErrorCode::kUnauthenticated,
                 "SCRAM: the server does not prove that it knows the password"};
  return {};
}

}  // namespace sallyport::postgres
