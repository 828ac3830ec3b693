#include "tools/commands/broker_access.h"

#include <fmt/format.h>

#include "core/config/file.h"

namespace sallyport::commands {
namespace {

constexpr std::size_t kTokenFileBytes = 64u << 10;

Result<admin::ClientSettings> address_settings(const cli::Arguments& arguments) {
  admin::ClientSettings out;
  out.url = arguments.text("broker");
  if (auto safe = admin::check_broker_url(out.url); !safe)
    return Error{safe.error().code, "--broker: " + safe.error().detail};
  if (!arguments.has("token-file"))
    return Error{ErrorCode::kInvalid, "--broker needs --token-file FILE"};
  auto token = config::read_file(arguments.text("token-file"), kTokenFileBytes);
  if (!token)
    return Error{ErrorCode::kInvalid, arguments.text("token-file") + ": " + token.error().detail};
  out.token = *token;
  while (!out.token.empty() && static_cast<unsigned char>(out.token.back()) <= ' ')
    out.token.pop_back();
  out.ca = arguments.text("ca");
  return out;
}

}  // namespace

std::vector<cli::Option> broker_options() {
  return {
      {"config", "FILE", "the broker's configuration, which names its admin.socket"},
      {"broker", "URL", "the broker's admin address, in place of the socket"},
      {"token-file", "FILE", "a file with the caller's token, with --broker"},
      {"ca", "FILE", "certificates that vouch for an https broker (the system's), with --broker"},
  };
}

Result<BrokerAccess> BrokerAccess::open(const cli::Arguments& arguments,
                                        WithoutBroker without_broker) {
  if (arguments.has("config") == arguments.has("broker"))
    return Error{ErrorCode::kInvalid,
                 "name the broker by either --config FILE or --broker URL --token-file FILE"};
  if (arguments.has("config") && (arguments.has("token-file") || arguments.has("ca")))
    return Error{ErrorCode::kInvalid, "--token-file and --ca go with --broker URL"};
  BrokerAccess out;
  if (arguments.has("broker")) {
    auto settings = address_settings(arguments);
    if (!settings) return settings.error();
    out.client_ = std::make_unique<admin::Client>(*std::move(settings));
    return out;
  }
  out.config_ = arguments.text("config");
  out.without_broker_ = without_broker;
  auto socket = admin::socket_of_config(out.config_);
  if (!socket) return socket.error();
  if (!socket->empty()) {
    admin::ClientSettings settings;
    settings.socket = *socket;
    out.client_ = std::make_unique<admin::Client>(std::move(settings));
  } else if (without_broker == WithoutBroker::kFails) {
    return Error{
        ErrorCode::kInvalid,
        out.config_ + ": has no admin.socket; add one, or use --broker URL with --token-file FILE"};
  }
  return out;
}

Result<BrokerAccess::Answer> BrokerAccess::call(const std::string& method, const std::string& path,
                                                std::string_view body,
                                                const std::string& content_type) {
  if (client_ && !offline_) {
    auto answer = client_->request(method, path, body, content_type);
    bool nobody = !answer.ok() && answer.error().code == ErrorCode::kNotFound;
    // A broker that runs and cannot be reached is an error: it knows what the store does not.
    if (!nobody || without_broker_ == WithoutBroker::kFails) return answer;
  }
  return call_store(method, path, body, content_type);
}

Result<BrokerAccess::Answer> BrokerAccess::call_store(const std::string& method,
                                                      const std::string& path,
                                                      std::string_view body,
                                                      const std::string& content_type) {
  if (!offline_) {
    auto opened = admin::Offline::open(config_);
    if (!opened) return opened.error();
    offline_ = *std::move(opened);
  }
  admin::ApiReply reply = offline_->request(method, path, body, content_type);
  return Answer{reply.status, std::move(reply.body)};
}

Result<BrokerAccess::Answer> BrokerAccess::follow(
    const std::string& path, const std::function<bool(std::string_view)>& take) {
  return client_->follow(path, take);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace sallyport::commands
