// The configuration file: no input upsets its reader, and there is a configuration or a problem,
// never both and never neither.
#include <cstdint>
#include <cstdlib>

#include "core/config/config.h"
#include "protocols/http/module.h"

using namespace sallyport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A device's or a process's files are nobody's configuration, and reading them takes its time.
  if (text.find("/proc") != std::string_view::npos || text.find("/sys") != std::string_view::npos) {
    return 0;
  }
  static const http::HttpModule http;
  config::Problems problems;
  const auto read = config::parse(text, "/nonexistent/sallyport.yaml", {&http}, problems);
  if ((read == nullptr) == problems.empty()) std::abort();
  if (read != nullptr && (read->store.empty() || read->policy_files.empty())) std::abort();
  return 0;
}
