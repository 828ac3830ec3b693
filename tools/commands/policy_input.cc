#include "tools/commands/policy_input.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/json_writer.h"
#include "protocols/http/facts.h"
#include "tools/cli/text.h"
#include "tools/commands/postgres_input.h"

namespace sallyport::commands {
namespace {

using Json = nlohmann::json;

// Characters up to U+00FF as one byte each: how JSON carries exact bytes. False beyond.
bool latin1_bytes(std::string_view utf8, std::string& bytes) {
  bytes.clear();
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      bytes.push_back(utf8[i]);
    } else if ((c == 0xC2 || c == 0xC3) && i + 1 < utf8.size()) {
      auto low = static_cast<unsigned char>(utf8[++i]) & 0x3Fu;
      bytes.push_back(static_cast<char>((c & 3u) << 6 | low));
    } else {
      return false;
    }
  }
  return true;
}

// The request's bytes, or what is wrong with the form.
std::optional<std::string> request_bytes(const Json& input, DecodedInput& out) {
  std::string bytes;
  if (input.is_string()) return input.get<std::string>();
  if (input.is_object() && input.contains("raw") && input["raw"].is_string()) {
    if (latin1_bytes(input["raw"].get<std::string>(), bytes)) return bytes;
    out.parse_error = "'raw' has a character above U+00FF, which is no byte";
    return std::nullopt;
  }
  if (input.is_object() && input.contains("raw_b64") && input["raw_b64"].is_string()) {
    if (cli::decode_base64(input["raw_b64"].get<std::string>(), bytes)) return bytes;
    out.parse_error = "'raw_b64' is not base64";
    return std::nullopt;
  }
  out.not_supported = "an HTTP input is a string, {\"raw\": ...} or {\"raw_b64\": ...}";
  return std::nullopt;
}

}  // namespace

DecodedInput decode_input(std::string_view protocol, std::string_view input,
                          const postgres::sql::Catalog& catalog) {
  DecodedInput out;
  if (protocol == "postgres") return decode_postgres(input, catalog);
  if (protocol != "http") {
    out.not_supported = fmt::format("protocol '{}' is not supported by this version", protocol);
    return out;
  }
  Json json = Json::parse(input, nullptr, false);
  if (json.is_discarded()) {
    out.parse_error = "the input is not JSON";
    return out;
  }
  auto bytes = request_bytes(json, out);
  if (!bytes) return out;
  http::RawCommands raw = http::commands_from_raw(*bytes);
  if (raw.parse_error) {
    out.parse_error = *raw.parse_error;
  } else if (raw.commands.empty()) {
    out.parse_error = "there is no request in the input";
  }
  out.commands = std::move(raw.commands);
  return out;
}

Result<Command> decode_one(std::string_view protocol, std::string_view input,
                           const postgres::sql::Catalog& catalog) {
  DecodedInput decoded = decode_input(protocol, input, catalog);
  if (!decoded.not_supported.empty()) return Error{ErrorCode::kUnsupported, decoded.not_supported};
  if (!decoded.parse_error.empty()) return Error{ErrorCode::kMalformed, decoded.parse_error};
  if (decoded.commands.size() != 1)
    return Error{ErrorCode::kInvalid, "the input holds several commands: write a case for each"};
  return std::move(decoded.commands.front());
}

Result<EvalLine> parse_eval_line(std::string_view line) {
  Json json = Json::parse(line, nullptr, false);
  auto bad = [](std::string what) { return Error{ErrorCode::kMalformed, std::move(what)}; };
  if (!json.is_object()) return bad("not a JSON object");
  EvalLine out;
  out.id = json.contains("id") ? json["id"].dump() : "null";
  if (!json.contains("protocol") || !json["protocol"].is_string())
    return bad("'protocol' is missing: it is http or postgres");
  out.scope.protocol = json["protocol"].get<std::string>();
  if (out.scope.protocol == "pg") out.scope.protocol = "postgres";
  if (!json.contains("input")) return bad("'input' is missing");
  out.input = json["input"].dump();
  auto text = [&](const char* name, std::optional<std::string>& into) {
    if (!json.contains(name) || json[name].is_null()) return true;
    if (!json[name].is_string()) return false;
    into = json[name].get<std::string>();
    return true;
  };
  if (!text("issuer", out.scope.issuer) || !text("subject", out.scope.subject) ||
      !text("actor", out.scope.actor) || !text("target", out.scope.target))
    return bad("'issuer', 'subject', 'actor' and 'target' are strings");
  if (json.contains("groups") && !json["groups"].is_null()) {
    if (!json["groups"].is_array()) return bad("'groups' is an array of strings");
    out.scope.groups.emplace();
    for (const Json& group : json["groups"]) {
      if (!group.is_string()) return bad("'groups' is an array of strings");
      out.scope.groups->push_back(group.get<std::string>());
    }
  }
  if (json.contains("at") && !json["at"].is_null()) {
    if (!json["at"].is_number_unsigned()) return bad("'at' is the index of a step, from 0");
    out.at = json["at"].get<std::size_t>();
  }
  return out;
}

std::string input_of_text(std::string_view protocol, std::string_view text, std::string_view host) {
  std::string raw(text);
  if (protocol == "http" && text.find('\n') == std::string_view::npos)
    raw = fmt::format("{} HTTP/1.1\r\nHost: {}\r\n\r\n", text, host);
  std::string out;
  append_json_string(out, raw);
  return out;
}

Judgement judge(const policy::CompiledPolicy& policy, const policy::Scope& scope,
                const DecodedInput& input, std::optional<std::size_t> at, WallTime now) {
  Judgement out;
  const bool session = !input.steps.empty() || input.parse_error_step;
  std::string unusable = input.not_supported.empty() ? input.parse_error : input.not_supported;
  // A malformed message spoils what comes after it; one that was denied before stays denied.
  if (session && input.parse_error_step && at && *input.parse_error_step > *at) unusable.clear();
  if (unusable.empty() && at && !session && *at >= input.commands.size())
    unusable = "'at' is beyond the last step of the input";
  if (!unusable.empty()) {
    out.decision = "parse_error";
    out.reason = unusable;
    return out;
  }
  auto bound = policy.bind_scope(scope);
  if (bound) out.masks = bound->masks().names;
  std::optional<Verdict> strictest;
  for (std::size_t i = 0; i < input.commands.size(); ++i) {
    if (at && (session ? input.steps[i] > *at : *at != i)) continue;
    const Command& command = input.commands[i];
    for (Action action : kAllActions)
      if (command.actions.has(action)) out.actions.add(action);
    for (const Object& object : command.objects) out.objects.push_back(object.to_string());
    Decision decision;
    decision.reason = "no role of the policy is held";
    if (bound) decision = bound->decide(command, now);
    if (strictest && decision.verdict <= *strictest) continue;
    strictest = decision.verdict;
    out.rule = decision.rule;
    out.reason = decision.reason;
  }
  // Messages that attempt nothing are not held back.
  out.decision = to_string(strictest.value_or(session && bound ? Verdict::kAllow : Verdict::kDeny));
  return out;
}

}  // namespace sallyport::commands
