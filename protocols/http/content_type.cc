#include "protocols/http/content_type.h"

#include <algorithm>
#include <array>
#include <string>

#include "protocols/http/characters.h"

namespace sallyport::http {
namespace {

using Name = std::string_view;

// Text of the application's own kinds; those under text/ need no list.
constexpr std::array kPlainTypes = {
    Name("application/xml"),
    Name("application/javascript"),
    Name("application/x-javascript"),
    Name("application/ecmascript"),
    Name("application/yaml"),
    Name("application/x-yaml"),
    Name("application/graphql"),
    Name("application/csv"),
    Name("application/sql"),
    Name("application/toml"),
    Name("application/x-sh"),
    Name("application/jwt"),
    Name("application/jose"),
    Name("application/x-pem-file"),
    Name("application/openmetrics-text"),
    Name("application/pem-certificate-chain"),
};

constexpr std::array kJsonTypes = {
    Name("application/json"),      Name("application/x-ndjson"),
    Name("application/ndjson"),    Name("application/jsonl"),
    Name("application/jsonlines"), Name("application/x-jsonlines"),
    Name("application/json-seq"),  Name("text/json"),
    Name("text/x-json"),
};

// All are extensions of ASCII: what is looked for is written in ASCII and stands there as itself.
// UTF-16, UTF-32, UTF-7, EBCDIC and what shifts its state with escapes are not here.
constexpr std::array kCharsets = {
    Name("utf-8"),  Name("utf8"),   Name("us-ascii"),  Name("ascii"),  Name("latin1"),
    Name("koi8-r"), Name("koi8-u"), Name("shift_jis"), Name("euc-jp"), Name("euc-kr"),
    Name("big5"),   Name("gbk"),    Name("gb2312"),    Name("gb18030")};
constexpr std::array kCharsetFamilies = {Name("iso-8859-"), Name("windows-125"), Name("cp125")};

template <std::size_t N>
bool one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

bool is_readable_charset(std::string_view charset) {
  if (one_of(charset, kCharsets)) return true;
  return std::any_of(kCharsetFamilies.begin(), kCharsetFamilies.end(),
                     [&](std::string_view family) { return charset.starts_with(family); });
}

// Every charset that the parameters name can be read; readers differ in which of two they take.
bool parameters_are_readable(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::size_t end = std::min(parameters.find(';'), parameters.size());
    const std::string_view parameter = trim(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    if (!same_name(trim(parameter.substr(0, equals)), "charset")) continue;
    std::string_view value = trim(parameter.substr(std::min(equals + 1, parameter.size())));
    if (value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0])
      value = value.substr(1, value.size() - 2);
    if (!is_readable_charset(lower(value))) return false;
  }
  return true;
}

}  // namespace

std::optional<TextFormat> text_format(const Fields& fields) {
  const std::size_t count = fields.count("Content-Type");
  if (count > 1) return std::nullopt;
  const std::string* field = fields.find("Content-Type");
  if (count == 0 || trim(*field).empty()) return TextFormat::kPlain;
  const std::string_view value = *field;
  const std::size_t semicolon = std::min(value.find(';'), value.size());
  const std::string type = lower(trim(value.substr(0, semicolon)));
  if (!parameters_are_readable(value.substr(std::min(semicolon + 1, value.size()))))
    return std::nullopt;
  if (one_of(type, kJsonTypes) || type.ends_with("+json")) return TextFormat::kJson;
  if (type == "application/x-www-form-urlencoded") return TextFormat::kForm;
  if (type == "text/event-stream") return TextFormat::kEventStream;
  const bool plain = type.starts_with("text/") || type.ends_with("+xml") ||
                     type.ends_with("+yaml") || one_of(type, kPlainTypes);
  if (plain) return TextFormat::kPlain;
  return std::nullopt;
}

bool begins_like_no_text(std::string_view start) {
  start = start.substr(0, kTextStart);
  if (start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff")) return true;
  // Text has white space, an escape (of a terminal) or a record separator (RFC 7464) there at most.
  return std::any_of(start.begin(), start.end(), [](char c) {
    const auto b = static_cast<unsigned char>(c);
    return b < 0x20 && !(b >= '\t' && b <= '\r') && b != 0x1b && b != 0x1e;
  });
}

}  // namespace sallyport::http
