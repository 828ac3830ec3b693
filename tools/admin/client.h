// The command line's side of the admin interface: a running broker's socket, or its admin address
// with a token. Wraps libcurl. Blocking; one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::admin {

struct ClientSettings {
  std::string socket;  // path; or
  std::string url;     // "https://broker:8081", with
  std::string token;
  std::string ca;  // PEM bundle that vouches for the URL's server; empty: the system's
};

// `admin.socket` of a configuration file, without reading the rest of it, which may name secrets
// that the caller has no right to. Empty: it has none.
Result<std::string> socket_of_config(const std::string& path);

// Nothing when a token may be sent to the URL: https, or http to this machine. The error says so.
Result<void> check_broker_url(const std::string& url);

class Client {
 public:
  explicit Client(ClientSettings settings);
  ~Client();

  struct Answer {
    long status = 0;
    std::string body;
  };
  // kNotFound: nobody listens on the socket, or there is none: no broker runs. kUnavailable: it is
  // not reached for another reason. An answer of any status is an answer.
  Result<Answer> request(const std::string& method, const std::string& path,
                         std::string_view body = {},
                         const std::string& content_type = "application/json");

  // Calls `take` with each line of an answer that goes on, until the broker ends it or `take`
  // returns false. The answer of a refusal has a status other than 200, and its body.
  Result<Answer> follow(const std::string& path, const std::function<bool(std::string_view)>& take);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The `detail` of a problem document, or else its title, or the status.
std::string detail_of(const Client::Answer& answer);

}  // namespace sallyport::admin
