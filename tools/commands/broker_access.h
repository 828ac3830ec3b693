// The common part of commands that act: on a running broker, by its admin socket (`--config`, the
// caller is the uid) or its admin address (`--broker` with a token), or, when no broker runs and
// the command can do without, on the store alone under its lock. Who may do what, and what is
// recorded, is the same on all three ways. Blocking; one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "tools/admin/client.h"
#include "tools/admin/offline.h"
#include "tools/cli/command.h"

namespace sallyport::commands {

// --config, --broker, --token-file and --ca, as these commands declare them.
std::vector<cli::Option> broker_options();

// What a command does when it was given --config and no broker runs.
enum class WithoutBroker { kFails, kUsesStore };

class BrokerAccess {
 public:
  // Reads the options; nothing is connected yet. The error names the option and what to do.
  static Result<BrokerAccess> open(const cli::Arguments& arguments, WithoutBroker without_broker);

  // Any status is an answer; admin::detail_of() says for people why one is a refusal. The error
  // says why there is none; status_of() (store_access.h) is its exit status.
  using Answer = admin::Client::Answer;
  Result<Answer> call(const std::string& method, const std::string& path,
                      std::string_view body = {},
                      const std::string& content_type = "application/json");

  // As Client::follow: only a running broker has something to follow.
  Result<Answer> follow(const std::string& path, const std::function<bool(std::string_view)>& take);

 private:
  BrokerAccess() = default;
  Result<Answer> call_store(const std::string& method, const std::string& path,
                            std::string_view body, const std::string& content_type);

  std::string config_;
  WithoutBroker without_broker_ = WithoutBroker::kFails;
  std::unique_ptr<admin::Client> client_;    // null: the configuration has no admin.socket
  std::unique_ptr<admin::Offline> offline_;  // once no broker was found
};

// `text` as one segment of a path or one value of a query: what is not unreserved is escaped
// (RFC 3986 §2.1).
std::string escaped(std::string_view text);

}  // namespace sallyport::commands
