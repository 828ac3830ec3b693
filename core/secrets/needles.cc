#include "core/secrets/needles.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

#include "core/secrets/limits.h"

namespace sallyport::secrets {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kUpperHex = "0123456789ABCDEF";

constexpr SymbolTable table_of(std::string_view one, std::string_view other) {
  SymbolTable table{};
  table.fill(kNoSymbol);
  for (std::string_view digits : {one, other})
    for (std::size_t i = 0; i < digits.size(); ++i)
      table[static_cast<unsigned char>(digits[i])] = static_cast<std::int16_t>(i);
  return table;
}

constexpr SymbolTable plain_table() {
  SymbolTable table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<std::int16_t>(i);
  return table;
}

constexpr SymbolTable base64_table() {
  SymbolTable table = table_of(kBase64, kBase64Url);
  table['\r'] = table['\n'] = kGap;
  return table;
}

Needle plain(std::string_view secret) {
  Needle needle;
  needle.symbols = config::SecretBytes(std::string(secret));
  return needle;
}

Needle hex(std::string_view secret) {
  std::string symbols;
  symbols.reserve(2 * secret.size());
  for (const char c : secret) {
    const auto byte = static_cast<unsigned char>(c);
    symbols.push_back(static_cast<char>(byte >> 4));
    symbols.push_back(static_cast<char>(byte & 15));
  }
  Needle needle;
  needle.coding = Coding::kHex;
  needle.symbols = config::SecretBytes(std::move(symbols));
  return needle;
}

// As it stands in the encoding of a text in which `before` bytes, modulo three, precede it.
Needle base64(std::string_view secret, std::size_t before) {
  std::string bytes;
  bytes.reserve(before + secret.size());
  bytes.assign(before, '\0');
  bytes += secret;
  std::string encoded(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  const std::size_t first = 8 * before / 6;
  const std::size_t bits = 8 * bytes.size();
  const std::size_t end = (bits + 5) / 6;
  std::string symbols(encoded, first, end - first);
  for (char& c : symbols)
    c = static_cast<char>(symbols_of(Coding::kBase64)[static_cast<unsigned char>(c)]);
  Needle needle;
  needle.coding = Coding::kBase64;
  needle.first_bits = static_cast<std::uint8_t>(0x3F >> (8 * before - 6 * first));
  needle.last_bits = static_cast<std::uint8_t>(0x3F << (6 * end - bits) & 0x3F);
  needle.symbols = config::SecretBytes(std::move(symbols));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  OPENSSL_cleanse(encoded.data(), encoded.size());
  return needle;
}

void add(std::string_view secret, std::vector<Needle>& needles) {
  const bool known = std::ranges::any_of(needles, [&](const Needle& needle) {
    return needle.coding == Coding::kPlain && needle.symbols.view() == secret;
  });
  if (known || secret.size() < kGuardedBytes) return;
  needles.push_back(plain(secret));
  needles.push_back(hex(secret));
  if (secret.size() < kGuardedEncodedBytes) return;
  for (std::size_t before = 0; before < 3; ++before) needles.push_back(base64(secret, before));
}

}  // namespace

const SymbolTable& symbols_of(Coding coding) {
  static constexpr SymbolTable kPlainTable = plain_table();
  static constexpr SymbolTable kBase64Table = base64_table();
  static constexpr SymbolTable kHexTable = table_of(kHex, kUpperHex);
  switch (coding) {
    case Coding::kPlain:
      return kPlainTable;
    case Coding::kBase64:
      return kBase64Table;
    case Coding::kHex:
      return kHexTable;
  }
  return kPlainTable;
}

char Needle::spelt(std::size_t index, std::size_t spelling) const {
  const char symbol = symbols.view()[index];
  switch (coding) {
    case Coding::kPlain:
      return symbol;
    case Coding::kBase64:
      return (spelling == 0 ? kBase64 : kBase64Url)[static_cast<std::size_t>(symbol)];
    case Coding::kHex:
      return (spelling == 0 ? kHex : kUpperHex)[static_cast<std::size_t>(symbol)];
  }
  return symbol;
}

std::vector<Needle> needles_of(std::span<const std::string_view> secrets) {
  std::vector<Needle> needles;
  for (const std::string_view secret : secrets) {
    add(secret, needles);
    for (std::size_t at = 0; at < secret.size();) {
      const std::size_t end = std::min(secret.find('\n', at), secret.size());
      std::string_view line = secret.substr(at, end - at);
      if (line.ends_with('\r')) line.remove_suffix(1);
      // The frame of a PEM block is known to everybody (RFC 7468 §2).
      if (line.size() >= kGuardedLineBytes && !line.starts_with("-----")) add(line, needles);
      at = end + 1;
    }
  }
  return needles;
}

}  // namespace sallyport::secrets
