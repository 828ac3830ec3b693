#include "protocols/http/own_paths.h"

#include <openssl/crypto.h>

#include <optional>

#include "core/identity/exchange.h"
#include "protocols/http/characters.h"
#include "protocols/http/peer.h"
#include "protocols/http/problem.h"
#include "protocols/http/serve_limits.h"

namespace sallyport::http {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kFormWanted =
    "Send a form: Content-Type: application/x-www-form-urlencoded.";
constexpr std::string_view kJson = "application/json";

bool is_form(const Fields& fields) {
  if (fields.count("Content-Type") != 1) return false;
  const std::string& type = *fields.find("Content-Type");
  return same_name(trim(std::string_view(type).substr(0, type.find(';'))), kForm);
}

net::Awaitable<void> wrong_method(Exchange& exchange, std::string_view allowed) {
  Problem problem;
  problem.status = 405;
  problem.detail = "This path takes " + std::string(allowed) + ".";
  Fields fields;
  fields.add("Allow", std::string(allowed));
  static_cast<void>(co_await respond_with(exchange, problem, {}, fields));
}

net::Awaitable<void> not_found(Exchange& exchange) {
  Problem problem;
  problem.status = 404;
  problem.detail = "The broker has no such path; a target's begins with /TARGET/.";
  static_cast<void>(co_await respond_with(exchange, problem, {}, {}));
}

net::Awaitable<void> oauth_error(Exchange& exchange, int status, std::string_view description) {
  identity::ExchangeAnswer answer =
      identity::error_answer(status, {"invalid_request", std::string(description)});
  static_cast<void>(co_await respond_document(exchange, status, kJson, std::move(answer.json), {}));
}

// The whole content, or nothing after an answer or a broken connection.
net::Awaitable<std::optional<std::string>> read_form(Exchange& exchange) {
  static_cast<void>(co_await exchange.send_continue());
  std::string form;
  for (bool end = false; !end;) {
    Result<Content> more = co_await exchange.read();
    if (!more) {
      exchange.abort();
      co_return std::nullopt;
    }
    end = more->end;
    if (form.size() + more->bytes.size() > kTokenFormBytes) {
      exchange.stop_reading();
      co_await oauth_error(exchange, 413, "The form is longer than 64 KiB.");
      co_return std::nullopt;
    }
    form.append(more->bytes);
  }
  co_return form;
}

}  // namespace

net::Awaitable<void> OwnPaths::answer(Exchange& exchange, RequestTarget target, Route route,
                                      std::string base_domain) const {
  std::string base = base_url(exchange.request(), target, !exchange.crypto().empty());
  const std::string& path = target.path;
  if (route.prefix == "/v1" && path == kTokenPath) {
    co_await exchange_token(exchange, std::move(base), std::move(base_domain));
  } else if (path.starts_with(kMetadataPath) &&
             (path.size() == kMetadataPath.size() || path[kMetadataPath.size()] == '/')) {
    std::string resource = path.substr(kMetadataPath.size());
    co_await describe(exchange, std::move(base), std::move(resource));
  } else {
    co_await not_found(exchange);
  }
}

net::Awaitable<void> OwnPaths::exchange_token(Exchange& exchange, std::string base,
                                              std::string base_domain) const {
  const RequestHead& head = exchange.request();
  if (head.method != "POST") {
    co_await wrong_method(exchange, "POST");
    co_return;
  }
  if (!is_form(head.fields)) {
    exchange.stop_reading();
    co_await oauth_error(exchange, 400, kFormWanted);
    co_return;
  }
  std::optional<std::string> form = co_await read_form(exchange);
  if (!form) co_return;
  identity::Caller caller{exchange.peer_address(), std::move(base), std::move(base_domain)};
  identity::ExchangeAnswer answer =
      co_await services_.exchange.exchange(std::move(*form), std::move(caller));
  Fields fields;
  if (answer.retry_after) fields.add("Retry-After", std::to_string(answer.retry_after->count()));
  static_cast<void>(
      co_await respond_document(exchange, answer.status, kJson, answer.json, std::move(fields)));
  OPENSSL_cleanse(answer.json.data(), answer.json.size());
}

net::Awaitable<void> OwnPaths::describe(Exchange& exchange, std::string base,
                                        std::string path) const {
  const std::string& method = exchange.request().method;
  if (method != "GET" && method != "HEAD") {
    co_await wrong_method(exchange, "GET, HEAD");
    co_return;
  }
  if (path == "/") path.clear();
  std::string document = metadata_document(base, path, services_.exchange.issuers());
  static_cast<void>(co_await respond_document(exchange, 200, kJson, std::move(document), {}));
}

}  // namespace sallyport::http
