#include "core/identity/fetch.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <mutex>

#include "core/identity/freshness.h"
#include "core/net/address.h"

namespace sallyport::identity {
namespace {

struct FreeEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

struct Body {
  std::string bytes;
  std::size_t most = 0;
  bool too_large = false;
};

std::size_t on_bytes(char* data, std::size_t unit, std::size_t count, void* context) {
  auto* body = static_cast<Body*>(context);
  const std::size_t length = unit * count;
  if (length > body->most - body->bytes.size()) {
    body->too_large = true;
    return 0;
  }
  body->bytes.append(data, length);
  return length;
}

struct Door {
  std::optional<net::AddressScope> besides_global;
  std::optional<net::AddressScope> refused;
};

// Called for each address that is tried, after any resolution and just before the connection.
curl_socket_t on_open(void* context, curlsocktype, curl_sockaddr* address) {
  auto* door = static_cast<Door*>(context);
  const net::AddressScope scope = net::address_scope(address->addr);
  if (door->besides_global && scope != net::AddressScope::kGlobal &&
      scope != *door->besides_global) {
    door->refused = scope;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return *static_cast<const std::atomic<bool>*>(context) ? 1 : 0;
}

// Every option decides whose keys are believed, so none may fail silently.
class Options {
 public:
  explicit Options(CURL* handle) : handle_(handle) {}
  template <class T>
  void set(CURLoption option, T value) {
    ok_ = ok_ && curl_easy_setopt(handle_, option, value) == CURLE_OK;
  }
  bool ok() const { return ok_; }

 private:
  CURL* handle_;
  bool ok_ = true;
};

void set_options(Options& options, const FetchRequest& request) {
  const bool plain = request.url.starts_with("http://");
  options.set(CURLOPT_URL, request.url.c_str());
  options.set(CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
  // A loopback address is not to be asked of somebody else's proxy.
  if (plain) options.set(CURLOPT_NOPROXY, "*");
  options.set(CURLOPT_FOLLOWLOCATION, 0L);
  options.set(CURLOPT_SSL_VERIFYPEER, 1L);
  options.set(CURLOPT_SSL_VERIFYHOST, 2L);
  options.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!request.ca_path.empty()) {
    options.set(CURLOPT_CAINFO, request.ca_path.c_str());
    options.set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  options.set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.deadline.count()));
  options.set(CURLOPT_NOSIGNAL, 1L);
  options.set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  options.set(CURLOPT_USERAGENT, "sallyport");
}

std::string_view field(CURL* handle, const char* name) {
  curl_header* found = nullptr;
  // Of a repeated field the first: freshness is a bound on our patience, not a matter of trust.
  const CURLHcode code = curl_easy_header(handle, name, 0, CURLH_HEADER, -1, &found);
  return code == CURLHE_OK ? std::string_view(found->value) : std::string_view();
}

net::AddressScope peer_scope(CURL* handle) {
  const char* ip = nullptr;
  curl_easy_getinfo(handle, CURLINFO_PRIMARY_IP, &ip);
  const auto address = net::numeric_address(ip == nullptr ? "" : ip, 0);
  return address ? net::address_scope(*address->get()) : net::AddressScope::kOther;
}

Error failure(CURLcode code, const char* reason) {
  const ErrorCode kind =
      code == CURLE_OPERATION_TIMEDOUT ? ErrorCode::kTimeout : ErrorCode::kUnavailable;
  return {kind, reason[0] != '\0' ? reason : curl_easy_strerror(code)};
}

}  // namespace

Result<Fetched> fetch(const FetchRequest& request, const std::atomic<bool>& stop) {
  static std::once_flag initialised;
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, FreeEasy> handle(curl_easy_init());
  if (!handle) return Error{ErrorCode::kInternal, "libcurl cannot be used"};
  Body body{{}, request.most_bytes, false};
  std::array<char, CURL_ERROR_SIZE> reason{};
  Door door{request.besides_global, std::nullopt};
  Options options(handle.get());
  set_options(options, request);
  options.set(CURLOPT_ERRORBUFFER, reason.data());
  options.set(CURLOPT_WRITEFUNCTION, &on_bytes);
  options.set(CURLOPT_WRITEDATA, &body);
  options.set(CURLOPT_OPENSOCKETFUNCTION, &on_open);
  options.set(CURLOPT_OPENSOCKETDATA, &door);
  options.set(CURLOPT_NOPROGRESS, 0L);
  options.set(CURLOPT_XFERINFOFUNCTION, &on_progress);
  options.set(CURLOPT_XFERINFODATA, &stop);
  if (!options.ok()) return Error{ErrorCode::kInternal, "libcurl lacks an option we need"};

  const CURLcode code = curl_easy_perform(handle.get());
  if (stop) return Error{ErrorCode::kClosed, "stopped"};
  if (body.too_large) {
    return Error{ErrorCode::kLimit, fmt::format("larger than {} bytes", request.most_bytes)};
  }
  if (code != CURLE_OK && door.refused) {
    return Error{ErrorCode::kDenied, fmt::format("leads to a {} address, which a public provider "
                                                 "has no business with",
                                                 net::to_string(*door.refused))};
  }
  if (code != CURLE_OK) return failure(code, reason.data());
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) {
    return Error{status == 404 ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
                 fmt::format("HTTP status {}", status)};
  }
  Fetched fetched;
  fetched.fresh_for =
      fresh_for({field(handle.get(), "Cache-Control"), field(handle.get(), "Expires"),
                 field(handle.get(), "Date"), field(handle.get(), "Age")});
  fetched.peer = peer_scope(handle.get());
  fetched.body = std::move(body.bytes);
  return fetched;
}

}  // namespace sallyport::identity
