#include "protocols/http/target_settings.h"

#include "core/config/client_tls.h"
#include "protocols/http/authority.h"
#include "protocols/http/characters.h"
#include "protocols/http/path.h"

namespace sallyport::http {
namespace {

// Fields that frame or route the message are the broker's own.
bool is_reserved_field(std::string_view name) {
  for (std::string_view reserved :
       {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "TE", "Trailer",
        "Keep-Alive", "Proxy-Connection", "Via", "Forwarded", "Expect"})
    if (same_name(name, reserved)) return true;
  return false;
}

Error bad_url(std::string why) { return {ErrorCode::kInvalid, "url: " + std::move(why)}; }

// Fills in where the credential goes and which secret it is, or neither after a problem.
void read_form(config::MapReader& reader, const std::string& directory, CredentialForm form,
               std::string_view secret_key, Target& target, HttpTarget& settings) {
  std::optional<config::Node> node = reader.require(secret_key);
  if (!node) return;
  auto secret = config::SecretReference::read(*node, directory, reader.problems());
  if (!secret) return;
  if (form.place == CredentialPlace::kHeader &&
      (!is_token(form.name) || is_reserved_field(form.name))) {
    reader.node().problem(reader.problems(), "header: \"" + form.name +
                                                 "\" is not a field a credential can be in; use "
                                                 "Authorization or a field of the target's own");
    return;
  }
  if (form.place == CredentialPlace::kBasic && form.name.find(':') != std::string::npos) {
    reader.node().problem(reader.problems(), "username: Basic authentication allows no colon");
    return;
  }
  const bool basic = form.place == CredentialPlace::kBasic;
  settings.credential = std::move(form);
  target.credential = TargetCredential{std::move(*secret), basic ? "password" : "token"};
}

void read_basic(config::MapReader& reader, const std::string& directory, Target& target,
                HttpTarget& settings) {
  CredentialForm form{CredentialPlace::kBasic, reader.require_text("username")};
  read_form(reader, directory, std::move(form), "password", target, settings);
}

// {header, value}, {query, value}, {basic: {username, password}} or {username, password}.
void read_credential(const config::Node& node, config::Problems& problems,
                     const std::string& directory, Target& target, HttpTarget& settings) {
  config::MapReader reader(node, problems, "a credential");
  if (!reader.ok()) return;
  if (reader.get("header")) {
    CredentialForm form{CredentialPlace::kHeader, reader.text("header")};
    read_form(reader, directory, std::move(form), "value", target, settings);
  } else if (reader.get("query")) {
    CredentialForm form{CredentialPlace::kQuery, reader.text("query")};
    read_form(reader, directory, std::move(form), "value", target, settings);
  } else if (auto basic = reader.get("basic")) {
    config::MapReader inner(*basic, problems, "basic");
    if (inner.ok()) {
      read_basic(inner, directory, target, settings);
      inner.finish();
    }
  } else if (reader.get("username")) {
    read_basic(reader, directory, target, settings);
  } else {
    node.problem(problems,
                 "a credential is {header, value}, {query, value} or {username, password}");
    return;
  }
  reader.finish();
}

void read_timeouts(const config::Node& node, config::Problems& problems, TargetTimeouts& timeouts) {
  config::MapReader reader(node, problems, "timeouts");
  if (!reader.ok()) return;
  timeouts.connect = reader.duration("connect", timeouts.connect);
  timeouts.response = reader.duration("response", timeouts.response);
  timeouts.idle = reader.duration("idle", timeouts.idle);
  timeouts.websocket = reader.duration("websocket", timeouts.websocket);
  for (const auto each : {timeouts.connect, timeouts.response, timeouts.idle, timeouts.websocket}) {
    if (each.count() > 0) continue;
    node.problem(problems, "timeouts: each is greater than zero");
    break;
  }
  reader.finish();
}

}  // namespace

Result<TargetUrl> parse_target_url(std::string_view url) {
  TargetUrl out;
  if (url.starts_with("https://")) {
    out.scheme = "https";
  } else if (url.starts_with("http://")) {
    out.scheme = "http";
  } else {
    return bad_url("begins with http:// or https://");
  }
  url.remove_prefix(out.scheme.size() + 3);
  const std::size_t slash = url.find('/');
  std::string_view authority = url.substr(0, slash);
  const std::string_view path = slash == std::string_view::npos ? "" : url.substr(slash);
  if (authority.find('@') != std::string_view::npos)
    return bad_url("no user name here; use `credential`");
  if (url.find_first_of("?#") != std::string_view::npos)
    return bad_url("no query or fragment here");

  std::optional<Authority> parsed_authority = parse_authority(authority);
  if (!parsed_authority) return bad_url("names no host, or one with other characters");
  out.authority = std::string(authority);
  out.host = std::move(parsed_authority->host);
  out.port = parsed_authority->port.value_or(out.scheme == "https" ? 443 : 80);
  if (out.port == 0) return bad_url("the port is a number from 1 to 65535");
  if (!path.empty()) {
    TargetResult parsed = parse_target(path, "GET");
    if (!parsed.target || !parsed.target->ambiguous.empty())
      return bad_url("the path is not one that can be read in only one way");
    out.base_path = parsed.target->path;
    while (out.base_path.ends_with('/')) out.base_path.pop_back();
  }
  return out;
}

void read_http_target(config::MapReader& reader, const std::string& directory, Target& target) {
  auto settings = std::make_shared<HttpTarget>();
  std::optional<config::Node> node = reader.require("url");
  if (node) {
    std::optional<std::string> text = node->text(reader.problems());
    Result<TargetUrl> url = parse_target_url(text.value_or(""));
    if (!url) {
      node->problem(reader.problems(), url.error().detail);
    } else {
      settings->scheme = url->scheme;
      settings->authority = url->authority;
      settings->base_path = url->base_path;
      target.endpoint.host = url->host;
      target.endpoint.port = url->port;
    }
  }
  const bool https = settings->scheme == "https";
  target.endpoint.tls.mode = https ? net::TlsMode::kVerifyFull : net::TlsMode::kOff;
  if (auto tls = config::read_client_tls(reader, directory)) {
    const bool wants_tls = tls->mode != net::TlsMode::kOff;
    if (wants_tls != https) {
      reader.get("tls")->problem(reader.problems(),
                                 "tls and url contradict each other: https:// is for TLS, http:// "
                                 "for none");
    }
    target.endpoint.tls = std::move(*tls);
  }
  if (https) target.endpoint.tls.alpn = {"http/1.1"};
  if (auto credential = reader.get("credential"))
    read_credential(*credential, reader.problems(), directory, target, *settings);
  if (auto timeouts = reader.get("timeouts"))
    read_timeouts(*timeouts, reader.problems(), settings->timeouts);
  target.settings = std::move(settings);
}

}  // namespace sallyport::http
