#include "policy/mask/masker.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "policy/mask/limits.h"

namespace sallyport::mask {
namespace {

// Characters that `partial` keeps, of values of at least twice that many.
constexpr std::size_t kKept = 4;
// Bytes of the hash that are shown, in base32: 80 bits, so that two values of a deployment do not
// meet by chance.
constexpr std::size_t kShown = 10;

bool is_builtin(std::size_t type) { return type < kDetectors; }

// What stands for the value itself and not for how it was written, so that a card is the same card
// with and without hyphens.
std::string normalised(std::size_t type, std::string_view value) {
  std::string out(value.substr(0, kHashedBytes));
  if (!is_builtin(type)) return out;
  switch (static_cast<Detector>(type)) {
    case Detector::kCard:
    case Detector::kSsn:
      std::erase_if(out, [](char c) { return !is_digit(c); });
      break;
    case Detector::kPhone: {
      const bool international = out.starts_with('+');
      std::erase_if(out, [](char c) { return !is_digit(c); });
      if (!international && out.size() == 10) out = fmt::format("1{}", out);
      break;
    }
    case Detector::kIban:
      std::erase_if(out, [](char c) { return !is_alnum(c); });
      for (char& c : out) c = to_lower(c);
      break;
    case Detector::kEmail:
      for (char& c : out) c = to_lower(c);
      break;
    case Detector::kPrivateKey:
      // Line ends, also escaped, are no part of a key.
      for (std::size_t at; (at = out.find("\\n")) != std::string::npos;) out.erase(at, 2);
      for (std::size_t at; (at = out.find("\\r")) != std::string::npos;) out.erase(at, 2);
      std::erase_if(out, [](char c) { return c == '\n' || c == '\r'; });
      break;
    case Detector::kAwsKey:
    case Detector::kAwsSecret:
    case Detector::kJwt:
    case Detector::kGithubToken:
    case Detector::kSlackToken:
    case Detector::kIpv4:
      break;
  }
  return out;
}

bool is(std::size_t type, Detector detector) { return type == static_cast<std::size_t>(detector); }

// The last four characters of a value that has at least eight.
std::string last_characters(std::string_view value) {
  std::size_t characters = 0;
  std::size_t from = value.size();
  for (std::size_t i = value.size(); i > 0; --i) {
    if ((static_cast<unsigned char>(value[i - 1]) & 0xC0) == 0x80) continue;
    if (++characters == kKept) from = i - 1;
  }
  return characters < 2 * kKept ? std::string() : std::string(value.substr(from));
}

// Of a block of a private key they would be hyphens, and of what exceeds its limit nobody has them.
std::string kept_part(std::size_t type, std::string_view written) {
  if (is(type, Detector::kPrivateKey) || written.size() >= kJwtBytes) return {};
  std::string value(written);
  if (is(type, Detector::kCard) || is(type, Detector::kSsn) || is(type, Detector::kPhone) ||
      is(type, Detector::kIban))
    std::erase_if(value, [](char c) { return !is_alnum(c); });
  return last_characters(value);
}

std::string base32(std::string_view bytes) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  unsigned bits = 0;
  unsigned held = 0;
  for (char c : bytes) {
    bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xFFFF;
    for (held += 8; held >= 5; held -= 5) out.push_back(kDigits[bits >> (held - 5) & 31]);
  }
  return out;
}

bool hashes(const Settings& settings) {
  const auto hash = [](MaskStyle style) { return style == MaskStyle::kHash; };
  if (std::ranges::any_of(settings.patterns, hash, &NamedPattern::style)) return true;
  for (std::size_t i = 0; i < kDetectors; ++i)
    if (settings.detectors.has(static_cast<Detector>(i)) && hash(settings.styles[i])) return true;
  return false;
}

}  // namespace

std::optional<MaskStyle> style_named(std::string_view name) {
  if (name == "redact") return MaskStyle::kRedact;
  if (name == "partial") return MaskStyle::kPartial;
  if (name == "hash") return MaskStyle::kHash;
  return std::nullopt;
}

Result<Masker> Masker::make(Settings settings) {
  if (hashes(settings) && settings.key.view().size() < kHashKeyBytes)
    return Error{ErrorCode::kInvalid,
                 fmt::format("'hash' needs a key of at least {} bytes", kHashKeyBytes)};
  auto patterns = Patterns::make(settings.patterns);
  if (!patterns) return patterns.error();
  Masker masker(settings, std::move(*patterns));
  masker.key_ = std::move(settings.key);
  return masker;
}

Masker::Masker(const Settings& settings, Patterns patterns)
    : scanner_(settings.detectors, settings.classifier),
      patterns_(std::move(patterns)),
      styles_(settings.styles) {}

std::string Masker::mask(std::string_view text, std::vector<Entity>* hits) const {
  Findings findings;
  scanner_.scan(text, 0, true, findings);
  patterns_.scan(text, 0, true, findings);
  resolve(findings.hits, 0);
  std::string out;
  std::size_t done = 0;
  for (const Entity& hit : findings.hits) {
    out.append(text.substr(done, hit.start - done));
    append_replacement(hit.type, text.substr(hit.start, hit.end - hit.start), out);
    done = hit.end;
  }
  out.append(text.substr(done));
  if (hits != nullptr) *hits = std::move(findings.hits);
  return out;
}

void Masker::append_replacement(std::size_t type, std::string_view value, std::string& out) const {
  if (style(type) == MaskStyle::kHash) return append_hash(name(type), normalised(type, value), out);
  out += kRedacted;
  if (style(type) == MaskStyle::kPartial) out += kept_part(type, value);
}

void Masker::append_masked(MaskStyle style, std::string_view name, std::string_view value,
                           std::string& out) const {
  if (style == MaskStyle::kHash)
    return append_hash(name, std::string(value.substr(0, kHashedBytes)), out);
  out += kRedacted;
  if (style == MaskStyle::kPartial) out += last_characters(value);
}

void Masker::append_hash(std::string_view name, std::string value, std::string& out) const {
  std::string input = fmt::format("{}\n{}", name, value);
  OPENSSL_cleanse(value.data(), value.size());
  const std::string_view key = key_.view();
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned size = 0;
  const unsigned char* done =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(input.data()), input.size(), sum.data(), &size);
  OPENSSL_cleanse(input.data(), input.size());
  if (done == nullptr) {
    out += kRedacted;
    return;
  }
  out += name;
  out += '_';
  out += base32({reinterpret_cast<const char*>(sum.data()), kShown});
}

MaskStyle Masker::style(std::size_t type) const {
  return is_builtin(type) ? styles_[type] : patterns_.style(type - kDetectors);
}

std::string_view Masker::name(std::size_t type) const {
  return is_builtin(type) ? name_of(static_cast<Detector>(type))
                          : patterns_.name(type - kDetectors);
}

std::string_view Masker::label(std::size_t type) const {
  return is_builtin(type) ? label_of(static_cast<Detector>(type))
                          : patterns_.name(type - kDetectors);
}

}  // namespace sallyport::mask
