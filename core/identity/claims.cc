#include "core/identity/claims.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/identity/claim_lookup.h"
#include "core/identity/limits.h"
#include "core/identity/strict_json.h"

namespace sallyport::identity {
namespace {

using nlohmann::json;
using std::chrono::seconds;

// 9999-12-31T23:59:59Z: a later date is a slip or an attack on somebody's arithmetic.
constexpr double kLastDate = 253'402'300'799.0;

Error refused(std::string why) { return {ErrorCode::kUnauthenticated, std::move(why)}; }

// C0, DEL, and C1 as UTF-8 writes it.
bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return true;
    }
  }
  return false;
}

// A name that is compared, logged and shown.
bool is_name(const json& value) {
  if (!value.is_string()) return false;
  const std::string& text = value.get_ref<const std::string&>();
  return !text.empty() && text.size() <= kNameBytes && !has_control_character(text);
}

// RFC 7519 §2, NumericDate: seconds, with a fraction if need be.
Result<std::optional<WallTime>> read_date(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end()) return std::optional<WallTime>();
  const std::string quoted = std::string("\"") + name + "\"";
  if (!found->is_number()) return refused(quoted + " is not a number");
  const double value = found->get<double>();
  if (!std::isfinite(value) || value < 0 || value > kLastDate) {
    return refused(quoted + " is not a date");
  }
  const auto microseconds = static_cast<std::int64_t>(std::floor(value * 1e6));
  return std::optional<WallTime>(WallTime(std::chrono::microseconds(microseconds)));
}

Result<WallTime> check_dates(const json& claims, seconds max_lifetime, WallTime now) {
  const auto expires = read_date(claims, "exp");
  const auto not_before = read_date(claims, "nbf");
  const auto issued = read_date(claims, "iat");
  for (const auto* date : {&expires, &not_before, &issued}) {
    if (!*date) return date->error();
  }
  if (!expires->has_value()) return refused("the token has no \"exp\"");
  const WallTime refused_from = **expires + kClockSkew;
  if (now >= refused_from) return refused("the token has expired");
  if (not_before->has_value() && now + kClockSkew < **not_before) {
    return refused("the token is not valid yet");
  }
  if (issued->has_value() && now + kClockSkew < **issued) {
    return refused("the token was issued in the future");
  }
  const WallTime start = issued->has_value() ? **issued : now + kClockSkew;
  if (**expires - start > max_lifetime) {
    return refused("the token lives longer than identity.max_token_lifetime");
  }
  return refused_from;
}

// RFC 7519 §4.1.3: a string, or an array of strings.
Result<void> check_audience(const json& claims, const config::Issuer& issuer) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return refused("the token has no \"aud\"");
  const json audiences = found->is_string() ? json::array({*found}) : *found;
  if (!audiences.is_array() || !std::all_of(audiences.begin(), audiences.end(),
                                            [](const json& a) { return a.is_string(); })) {
    return refused("\"aud\" is neither a string nor an array of strings");
  }
  const auto ours = std::count(audiences.begin(), audiences.end(), issuer.audience);
  if (ours == 0) return refused("the token is for another audience");
  if (issuer.strict_audience && audiences.size() != 1) {
    return refused("the token is for other audiences, too");
  }
  return {};
}

// A single text is one group. With a space or a comma it may be a list in one of two ways, and
// guessing could make a group that somebody else is in.
Result<std::vector<std::string>> read_groups(const json& claims, const config::ClaimPath& path) {
  std::vector<std::string> groups;
  const json* found = find_claim(claims, path);
  if (found == nullptr || found->is_null()) return groups;
  if (is_name(*found)) {
    groups.push_back(found->get<std::string>());
    if (groups.front().find_first_of(" ,") == std::string::npos) return groups;
    return refused("the groups claim is one text with a space or a comma, not a list");
  }
  if (!found->is_array() || found->size() > kGroups) {
    return refused("the groups claim is neither a name nor a list of names");
  }
  for (const json& group : *found) {
    if (!is_name(group)) return refused("a group is not a name");
    groups.push_back(group.get<std::string>());
  }
  return groups;
}

// RFC 8693 §4.1: the outermost `act` is the current actor, those within acted before it.
Result<std::vector<std::string>> read_actors(const json& claims) {
  std::vector<std::string> actors;
  const json* level = &claims;
  for (auto found = level->find("act"); found != level->end(); found = level->find("act")) {
    if (actors.size() == kActors) return refused("the chain of actors is too long");
    if (!found->is_object() || !found->contains("sub") || !is_name((*found)["sub"])) {
      return refused("\"act\" names no actor");
    }
    actors.push_back((*found)["sub"].get<std::string>());
    level = &*found;
  }
  return actors;
}

std::string text_or_empty(const json& object, const config::ClaimPath& path) {
  const json* found = find_claim(object, path);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

UnverifiedClaims::UnverifiedClaims(std::unique_ptr<json> object) : object_(std::move(object)) {}
UnverifiedClaims::UnverifiedClaims(UnverifiedClaims&& other) noexcept = default;
UnverifiedClaims& UnverifiedClaims::operator=(UnverifiedClaims&& other) noexcept = default;
UnverifiedClaims::~UnverifiedClaims() = default;

Result<UnverifiedClaims> UnverifiedClaims::parse(std::string_view payload) {
  auto object = std::make_unique<json>();
  if (const Result<void> parsed = parse_strict_json(payload, *object); !parsed) {
    return Error{ErrorCode::kMalformed, "the token's payload " + parsed.error().detail};
  }
  if (!object->is_object()) {
    return Error{ErrorCode::kMalformed, "the token's payload is not an object"};
  }
  return UnverifiedClaims(std::move(object));
}

std::string UnverifiedClaims::issuer() const { return text_or_empty(*object_, {"iss"}); }

std::string UnverifiedClaims::subject(const config::ClaimPath& path) const {
  return text_or_empty(*object_, path);
}

Result<Claims> UnverifiedClaims::check(const config::Issuer& issuer, bool says_access_token,
                                       WallTime now) const {
  const json& object = *object_;
  // Byte for byte (RFC 8725 §3.8): no case folding, no trailing slash added.
  if (text_or_empty(object, {"iss"}) != issuer.issuer) return refused("the issuer is another one");
  if (const Result<void> audience = check_audience(object, issuer); !audience) {
    return audience.error();
  }
  const Result<WallTime> refused_from = check_dates(object, issuer.max_token_lifetime, now);
  if (!refused_from) return refused_from.error();
  const Result<TokenKind> kind = check_token_type(object, says_access_token, issuer.token_type);
  if (!kind) return kind.error();
  for (const config::RequiredClaim& required : issuer.required_claims) {
    if (!has_required(object, required)) {
      return refused("\"" + required.name + "\" is not as identity.issuers requires");
    }
  }
  const std::string quoted = "\"" + to_string(issuer.subject_claim) + "\"";
  const json* subject = find_claim(object, issuer.subject_claim);
  if (subject == nullptr) return refused("the token has no " + quoted);
  if (!is_name(*subject)) return refused(quoted + " is not a name");
  Result<std::vector<std::string>> groups = read_groups(object, issuer.groups_claim);
  if (!groups) return groups.error();
  Result<std::vector<std::string>> actors = read_actors(object);
  if (!actors) return actors.error();
  return Claims{subject->get<std::string>(), std::move(*actors), std::move(*groups), *kind,
                *refused_from};
}

}  // namespace sallyport::identity
