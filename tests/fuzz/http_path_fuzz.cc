// Request targets: what is accepted is normal after one pass, holds no dot segment and can be
// forwarded; and a target's reference to itself never becomes one to another host.
#include <cstdint>
#include <cstdlib>

#include "protocols/http/encoder.h"
#include "protocols/http/path.h"
#include "protocols/http/rewriting.h"

using namespace sallyport::http;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ResponseContext context{"https", "t.example", "/b", "http", "broker.example", "", "/", ""};
  const std::string to = rewrite_reference(text, context);
  if (text.starts_with("/b/")) require(to.size() < 2 || (to[1] != '/' && to[1] != '\\'));
  rewrite_cookie(text, context);
  rewrite_links(text, context);
  rewrite_refresh(text, context);

  const TargetResult once = parse_target(text, "GET");
  require(once.target.has_value() != once.error.has_value());
  if (!once.target) return 0;
  const std::string normal = once.target->to_string();
  const TargetResult twice = parse_target(normal, "GET");
  require(twice.target && twice.target->to_string() == normal);
  const std::string path = once.target->path + "/";
  require(path.front() == '/' && path.find("/../") == path.npos && path.find("/./") == path.npos);
  std::string out;
  require(encode_request_head(out, "GET", normal, {}).ok());
  return 0;
}
