#include "tools/admin/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/identity/strict_json.h"
#include "protocols/http/path.h"
#include "tools/admin/limits.h"

namespace sallyport::admin {
namespace {

using Json = nlohmann::json;
using In = Parameter::In;
using Kind = Parameter::Kind;

std::string_view next_segment(std::string_view& path) {
  std::size_t end = std::min(path.find('/'), path.size());
  std::string_view segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

bool is_capture(std::string_view segment) { return segment.starts_with('{'); }

std::size_t segments(std::string_view path) {
  return static_cast<std::size_t>(std::ranges::count(path, '/'));
}

// The captures when the path is one of the pattern's.
std::optional<Values> match(std::string_view pattern, std::string_view path) {
  if (segments(pattern) != segments(path)) return std::nullopt;
  Values out;
  while (!pattern.empty() || !path.empty()) {
    std::string_view wanted = next_segment(pattern);
    std::string_view got = next_segment(path);
    if (is_capture(wanted)) {
      if (got.empty()) return std::nullopt;
      out.set(std::string(wanted.substr(1, wanted.size() - 2)), http::decode_escapes(got));
    } else if (wanted != got) {
      return std::nullopt;
    }
  }
  return out;
}

std::size_t captures(std::string_view pattern) {
  return static_cast<std::size_t>(std::ranges::count(pattern, '{'));
}

bool answers(const Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

Error wrong(std::string detail) { return {ErrorCode::kInvalid, std::move(detail)}; }

const Parameter* parameter(const Route& route, In in, std::string_view name) {
  for (const Parameter& one : route.parameters)
    if (one.in == in && one.name == name) return &one;
  return nullptr;
}

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kText:
      return "a text";
    case Kind::kNumber:
      return "a whole number from 0 on";
    case Kind::kBoolean:
      return "true or false";
  }
  return "something else";
}

bool is_number(std::string_view text) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// A value as it is kept, or nothing when it is not of its kind.
std::optional<std::string> from_query(const Parameter& one, const std::string& value) {
  if (one.kind == Kind::kNumber && !is_number(value)) return std::nullopt;
  if (one.kind == Kind::kBoolean && value != "true" && value != "false") return std::nullopt;
  return value;
}

std::optional<std::string> from_json(const Parameter& one, const Json& value) {
  switch (one.kind) {
    case Kind::kText:
      if (value.is_string()) return value.get<std::string>();
      break;
    case Kind::kNumber:
      if (value.is_number_unsigned()) return value.dump();
      break;
    case Kind::kBoolean:
      if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
      break;
  }
  return std::nullopt;
}

Result<void> keep(const Parameter& one, std::optional<std::string> value, Values& out) {
  if (!value) return wrong(fmt::format("\"{}\" must be {}", one.name, kind_name(one.kind)));
  if (value->size() > kParameterBytes)
    return wrong(fmt::format("\"{}\" is longer than {} bytes", one.name, kParameterBytes));
  if (out.has(one.name)) return wrong(fmt::format("\"{}\" is given twice", one.name));
  out.set(std::string(one.name), *std::move(value));
  return {};
}

std::string known(const Route& route, In in) {
  std::vector<std::string_view> names;
  for (const Parameter& one : route.parameters)
    if (one.in == in) names.push_back(one.name);
  return names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "));
}

Result<void> read_query(const Route& route, const std::string& query, Values& out) {
  if (query.empty()) return {};
  for (const auto& [name, value] : http::query_pairs(query)) {
    const Parameter* one = parameter(route, In::kQuery, name);
    if (one == nullptr)
      return wrong(fmt::format("the query has a parameter that is not known here; it may have {}",
                               known(route, In::kQuery)));
    if (auto kept = keep(*one, from_query(*one, value), out); !kept) return kept;
  }
  return {};
}

// The media type without its parameters, in lower case.
std::string media_type(std::string_view field) {
  std::string out(field.substr(0, field.find(';')));
  while (out.ends_with(' ')) out.pop_back();
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

Result<void> read_json(const Route& route, std::string_view body, Values& out) {
  Json json;
  if (auto parsed = identity::parse_strict_json(body, json); !parsed)
    return wrong("the body " + parsed.error().detail);
  if (!json.is_object()) return wrong("the body must be a JSON object");
  for (const auto& [name, value] : json.items()) {
    const Parameter* one = parameter(route, In::kBody, name);
    if (one == nullptr)
      return wrong(fmt::format("the body has a member that is not known here; it may have {}",
                               known(route, In::kBody)));
    if (auto kept = keep(*one, from_json(*one, value), out); !kept) return kept;
  }
  return {};
}

Result<void> read_body(const Route& route, const ApiRequest& request, Values& out) {
  if (request.body.empty()) return {};
  bool takes_json = std::ranges::any_of(route.parameters,
                                        [](const Parameter& one) { return one.in == In::kBody; });
  if (!takes_json && !route.takes_bytes) return wrong("this call takes no body");
  std::string_view wanted = takes_json ? "application/json" : "application/octet-stream";
  if (!request.content_type.empty() && media_type(request.content_type) != wanted)
    return Error{ErrorCode::kUnsupported, fmt::format("the body must be {}", wanted)};
  return takes_json ? read_json(route, request.body, out) : Result<void>();
}

}  // namespace

std::string Values::text(std::string_view name) const {
  auto it = values_.find(name);
  return it == values_.end() ? std::string() : it->second;
}

std::optional<std::uint64_t> Values::number(std::string_view name) const {
  auto it = values_.find(name);
  if (it == values_.end() || !is_number(it->second)) return std::nullopt;
  std::uint64_t out = 0;
  std::from_chars(it->second.data(), it->second.data() + it->second.size(), out);
  return out;
}

std::string_view to_string(const Needs& needs) {
  if (std::holds_alternative<Anybody>(needs)) return "none";
  if (std::holds_alternative<AnyPerson>(needs)) return "person";
  return config::to_string(std::get<Privilege>(needs));
}

net::Awaitable<ApiReply> ready(ApiReply reply) { co_return reply; }

std::optional<http::WireError> read_target(std::string_view target, ApiRequest& request) {
  http::TargetResult parsed = http::parse_target(target, request.method);
  if (parsed.error) return parsed.error;
  if (!parsed.target->ambiguous.empty())
    return http::WireError{400, "the path can be read in more than one way"};
  request.path = std::move(parsed.target->path);
  request.query = std::move(parsed.target->query);
  return std::nullopt;
}

Found Router::find(std::string_view method, std::string_view path) const {
  std::string_view pattern;
  Found out;
  for (const Route& route : routes_) {
    bool better = pattern.empty() || captures(route.pattern) < captures(pattern);
    if (!better) continue;
    if (auto values = match(route.pattern, path)) {
      pattern = route.pattern;
      out.captures = *std::move(values);
    }
  }
  if (pattern.empty()) return out;
  for (const Route& route : routes_) {
    if (route.pattern != pattern) continue;
    if (answers(route, method)) out.route = &route;
    if (!out.allow.empty()) out.allow += ", ";
    out.allow += route.method;
    if (route.method == "GET") out.allow += ", HEAD";
  }
  return out;
}

Result<Values> read_values(const Route& route, const ApiRequest& request, Values captures) {
  Values out = std::move(captures);
  if (auto read = read_query(route, request.query, out); !read) return read.error();
  if (auto read = read_body(route, request, out); !read) return read.error();
  for (const Parameter& one : route.parameters)
    if (one.required && !out.has(one.name))
      return wrong(fmt::format("\"{}\" is missing", one.name));
  return out;
}

}  // namespace sallyport::admin
