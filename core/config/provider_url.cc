#include "core/config/provider_url.h"

#include <algorithm>

#include "core/config/address.h"

namespace sallyport::config {
namespace {

std::string_view authority_of(std::string_view url) {
  const std::size_t start = url.find("://") + 3;
  return url.substr(start, url.find_first_of("/?#", start) - start);
}

}  // namespace

bool is_loopback_http(std::string_view url) {
  if (!url.starts_with("http://")) return false;
  std::string_view authority = authority_of(url);
  // libcurl takes this name for the loopback address without asking anybody.
  if (authority == "localhost" || authority.starts_with("localhost:")) return true;
  if (const auto with_port = parse_host_port(authority)) {
    return is_loopback_address(with_port->host);
  }
  if (authority.size() > 2 && authority.front() == '[' && authority.back() == ']') {
    authority = authority.substr(1, authority.size() - 2);
  }
  return is_loopback_address(authority);
}

Result<void> check_provider_url(std::string_view url) {
  if (!url.starts_with("https://") && !is_loopback_http(url)) {
    return Error{ErrorCode::kInvalid, "must be an https URL, or an http URL on a loopback address"};
  }
  const std::string_view authority = authority_of(url);
  if (authority.find('@') != std::string_view::npos) {
    return Error{ErrorCode::kInvalid, "must hold no user name or password"};
  }
  const bool clean = std::all_of(url.begin(), url.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
  });
  if (!clean || authority.empty()) {
    return Error{ErrorCode::kInvalid, "must be a URL with a host, ASCII characters and no spaces"};
  }
  return {};
}

}  // namespace sallyport::config
