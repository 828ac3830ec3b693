// The admin interface without a broker: for commands that can do their work on the store alone. It
// opens the store under its lock, so that no broker can start meanwhile, and answers with the same
// routes, the same privileges and the same records; the caller is the uid of this process. What
// needs a running broker answers 503. Blocking; one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "tools/admin/route.h"

namespace sallyport::admin {

class Offline {
 public:
  // kUnavailable: the store is in use, so a broker runs after all. kDenied: the store belongs to
  // another user, who would be left with files it cannot write. kInvalid: the configuration cannot
  // be used.
  static Result<std::unique_ptr<Offline>> open(const std::string& config_path);
  ~Offline();

  ApiReply request(const std::string& method, const std::string& path, std::string_view body,
                   const std::string& content_type);

 private:
  struct Impl;
  explicit Offline(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport::admin
