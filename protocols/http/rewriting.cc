#include "protocols/http/rewriting.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "protocols/http/authority.h"
#include "protocols/http/characters.h"
#include "protocols/http/path.h"

namespace sallyport::http {
namespace {

// Whether `path` is `base` or below it; an empty base holds everything.
bool is_under(std::string_view path, std::string_view base) {
  return path.starts_with(base) &&
         (base.empty() || path.size() == base.size() || path[base.size()] == '/');
}

// "/base/../x" is not under the base.
std::string resolve_dots(std::string_view path) {
  if (path.find("/.") == std::string_view::npos) return std::string(path);
  TargetResult parsed = parse_target(path, "GET");
  return parsed.target ? std::move(parsed.target->path) : std::string(path);
}

// `reference` begins with the path, of the target.
std::string map_path(std::string_view reference, const ResponseContext& context) {
  const std::size_t end = std::min(reference.find_first_of("?#"), reference.size());
  const std::string path = resolve_dots(reference.substr(0, end));
  const std::string_view rest = reference.substr(end);
  if (!is_under(path, context.base_path)) {
    return std::string(context.target_scheme) + "://" + std::string(context.target_host) + path +
           std::string(rest);
  }
  std::string mapped = std::string(context.prefix) + path.substr(context.base_path.size());
  if (mapped.empty()) mapped = "/";
  // RFC 3986 §4.2: what begins with two slashes would name another host; browsers take "\" for one.
  if (mapped.size() > 1 && (mapped[1] == '/' || mapped[1] == '\\')) mapped.insert(0, "/.");
  return mapped.append(rest);
}

// A reference with an authority, taken apart; the path of an empty one is "/".
struct Url {
  std::string_view scheme;
  std::string_view authority;
  std::string path;  // with query and fragment
};

std::optional<Url> parse_url(std::string_view reference, const ResponseContext& context) {
  std::string absolute(reference);
  if (reference.starts_with("//")) absolute.insert(0, std::string(context.target_scheme) + ":");
  const std::optional<AbsoluteForm> form = parse_absolute_form(absolute);
  if (!form) return std::nullopt;
  Url url;
  url.scheme = form->scheme;
  url.authority = reference.substr(reference.find("//") + 2, form->authority.size());
  url.path = form->rest;
  if (!url.path.starts_with('/')) url.path.insert(0, "/");
  return url;
}

// RFC 6265 §5.1.4, at the target.
std::string_view default_path(std::string_view request_path) {
  const std::size_t slash = request_path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/" : request_path.substr(0, slash);
}

// Where a cookie of the target for `path` belongs at the broker.
std::string map_cookie_path(std::string_view path, const ResponseContext& context) {
  std::string mapped(context.prefix);
  if (is_under(path, context.base_path)) {
    mapped += path.substr(context.base_path.size());
  } else if (!is_under(context.base_path, path == "/" ? std::string_view() : path)) {
    mapped +=
        path;  // outside of what the broker reaches: in the prefix all the same, where no one asks
  }
  // A prefix without the last slash matches the target's root with and without it (RFC 6265
  // §5.1.4).
  if (mapped.size() > 1 && mapped.size() == context.prefix.size() + 1 && mapped.back() == '/') {
    mapped.pop_back();
  }
  return mapped.empty() ? "/" : mapped;
}

struct Attribute {
  std::string_view name;
  std::string_view value;
};

Attribute parse_attribute(std::string_view part) {
  const std::size_t equals = std::min(part.find('='), part.size());
  return Attribute{trim(part.substr(0, equals)),
                   trim(part.substr(std::min(equals + 1, part.size())))};
}

}  // namespace

std::string rewrite_reference(std::string_view reference, const ResponseContext& context) {
  const std::optional<Url> url = parse_url(reference, context);
  if (url) {
    if (url->scheme == context.target_scheme &&
        same_authority(url->authority, context.target_host, url->scheme)) {
      return map_path(url->path, context);
    }
    const bool broker = same_authority(url->authority, context.host, url->scheme);
    const std::size_t end = std::min(url->path.find_first_of("?#"), url->path.size());
    if (!broker || is_under(std::string_view(url->path).substr(0, end), context.prefix)) {
      return std::string(reference);
    }
    return map_path(url->path, context);
  }
  const bool absolute_path = reference.starts_with('/') && !reference.starts_with("//");
  return absolute_path ? map_path(reference, context) : std::string(reference);
}

std::string rewrite_links(std::string_view links, const ResponseContext& context) {
  std::string out;
  bool quoted = false;
  for (std::size_t at = 0; at < links.size(); ++at) {
    const char c = links[at];
    if (c == '"') quoted = !quoted;
    out.push_back(c);
    if (quoted && c == '\\' && at + 1 < links.size()) out.push_back(links[++at]);
    const std::size_t close = links.find('>', at);
    if (quoted || c != '<' || close == std::string_view::npos) continue;
    out += rewrite_reference(links.substr(at + 1, close - at - 1), context);
    at = close - 1;
  }
  return out;
}

std::string rewrite_refresh(std::string_view refresh, const ResponseContext& context) {
  const std::size_t semicolon = refresh.find(';');
  if (semicolon == std::string_view::npos) return std::string(refresh);
  const Attribute url = parse_attribute(refresh.substr(semicolon + 1));
  if (!same_name(url.name, "url")) return std::string(refresh);
  std::string_view reference = url.value;
  const bool quoted = reference.size() >= 2 && (reference[0] == '"' || reference[0] == '\'') &&
                      reference.back() == reference[0];
  if (quoted) reference = reference.substr(1, reference.size() - 2);
  return std::string(refresh.substr(0, semicolon)) +
         "; url=" + rewrite_reference(reference, context);
}

std::string rewrite_cookie(std::string_view cookie, const ResponseContext& context) {
  std::size_t end = std::min(cookie.find(';'), cookie.size());
  std::string out(cookie.substr(0, end));
  std::optional<std::string> path;
  while (end < cookie.size()) {
    const std::size_t begin = end + 1;
    end = std::min(cookie.find(';', begin), cookie.size());
    const std::string_view part = trim(cookie.substr(begin, end - begin));
    const Attribute attribute = parse_attribute(part);
    if (part.empty() || same_name(attribute.name, "Domain")) continue;
    if (same_name(attribute.name, "Secure") && context.scheme == "http") continue;
    if (same_name(attribute.name, "Path")) {
      path.reset();
      if (attribute.value.starts_with('/')) path = map_cookie_path(attribute.value, context);
      continue;
    }
    out.append("; ").append(part);
  }
  // Without Path the agent would take the directory of what it asked for, which is "/" for the
  // prefix itself.
  if (!path && !context.prefix.empty()) {
    const std::string_view directory = default_path(context.request_path);
    path =
        std::string(context.prefix) + (directory == "/" ? std::string() : std::string(directory));
  }
  if (path) out.append("; Path=").append(*path);
  return out;
}

}  // namespace sallyport::http
