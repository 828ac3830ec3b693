#include "tools/admin/client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/config/address.h"
#include "core/config/file.h"
#include "core/config/yaml.h"
#include "tools/admin/limits.h"

namespace sallyport::admin {
namespace {

struct Free {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, Free>;
using Headers = std::unique_ptr<curl_slist, Free>;

// Where the bytes of an answer go: lines to `take` while the status is 200, else into the body.
struct Sink {
  CURL* handle = nullptr;
  Client::Answer answer;
  const std::function<bool(std::string_view)>* take = nullptr;
  std::string line;
  bool stopped = false;

  bool receive(std::string_view bytes) {
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
    if (take == nullptr || answer.status != 200) {
      if (answer.body.size() + bytes.size() > kClientAnswerBytes) return false;
      answer.body += bytes;
      return true;
    }
    line += bytes;
    for (std::size_t end = line.find('\n'); end != std::string::npos; end = line.find('\n')) {
      std::string_view one = std::string_view(line).substr(0, end);
      if (!one.empty() && !(*take)(one)) {
        stopped = true;
        return false;
      }
      line.erase(0, end + 1);
    }
    return line.size() <= kClientAnswerBytes;
  }
};

std::size_t on_bytes(char* bytes, std::size_t size, std::size_t count, void* sink) {
  bool taken = static_cast<Sink*>(sink)->receive({bytes, size * count});
  return taken ? size * count : 0;
}

}  // namespace

struct Client::Impl {
  ClientSettings settings;

  std::string place() const { return settings.socket.empty() ? settings.url : settings.socket; }

  // Why there is no answer, or only a part of one.
  Error failure(CURL* handle, CURLcode code, long status) const {
    std::string why = curl_easy_strerror(code);
    long system_error = 0;
    curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &system_error);
    if (status != 0)
      return {ErrorCode::kUnavailable,
              fmt::format("the broker at {} broke off ({})", place(), why)};
    if (code != CURLE_COULDNT_CONNECT)
      return {ErrorCode::kUnavailable,
              fmt::format("the broker at {} cannot be asked ({})", place(), why)};
    if (system_error != 0) why = std::strerror(static_cast<int>(system_error));
    bool nobody =
        !settings.socket.empty() && (system_error == ENOENT || system_error == ECONNREFUSED);
    return {
        nobody ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
        fmt::format("no broker answers at {} ({}): is 'sallyport serve' running?", place(), why)};
  }

  Result<Answer> perform(const std::string& method, const std::string& path, std::string_view body,
                         const std::string& content_type,
                         const std::function<bool(std::string_view)>* take) const {
    Handle handle(curl_easy_init());
    if (!handle) return Error{ErrorCode::kInternal, "libcurl cannot start"};
    Sink sink;
    sink.handle = handle.get();
    sink.take = take;
    std::string base = settings.socket.empty() ? settings.url : "http://localhost";
    while (base.ends_with('/')) base.pop_back();
    std::string url = base + path;
    Headers headers;
    auto add = [&](const std::string& line) {
      if (curl_slist* longer = curl_slist_append(headers.get(), line.c_str())) {
        (void)headers.release();
        headers.reset(longer);
      }
    };
    if (!body.empty()) add("Content-Type: " + content_type);
    if (!settings.token.empty()) add("Authorization: Bearer " + settings.token);
    CURL* h = handle.get();
    curl_easy_setopt(h, CURLOPT_URL, url.c_str());
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    if (!settings.socket.empty())
      curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, settings.socket.c_str());
    // The environment's proxies are not for the broker's own interface.
    curl_easy_setopt(h, CURLOPT_PROXY, "");
    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method.c_str());
    if (!settings.ca.empty()) curl_easy_setopt(h, CURLOPT_CAINFO, settings.ca.c_str());
    if (method == "POST" || !body.empty()) {
      curl_easy_setopt(h, CURLOPT_POSTFIELDS, body.data());
      curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    }
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, kClientTimeoutSeconds);
    if (take == nullptr) curl_easy_setopt(h, CURLOPT_TIMEOUT, kClientTimeoutSeconds);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, &on_bytes);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, &sink);
    CURLcode code = curl_easy_perform(h);
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &sink.answer.status);
    if (code == CURLE_OK || sink.stopped) return std::move(sink.answer);
    return failure(h, code, sink.answer.status);
  }
};

Client::Client(ClientSettings settings) : impl_(std::make_unique<Impl>()) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  impl_->settings = std::move(settings);
}

Client::~Client() = default;

Result<Client::Answer> Client::request(const std::string& method, const std::string& path,
                                       std::string_view body, const std::string& content_type) {
  return impl_->perform(method, path, body, content_type, nullptr);
}

Result<Client::Answer> Client::follow(const std::string& path,
                                      const std::function<bool(std::string_view)>& take) {
  return impl_->perform("GET", path, {}, {}, &take);
}

std::string detail_of(const Client::Answer& answer) {
  auto json = nlohmann::json::parse(answer.body, nullptr, false);
  for (const char* member : {"detail", "title"})
    if (json.is_object() && json.contains(member) && json[member].is_string())
      return json[member].get<std::string>();
  return fmt::format("the broker answered with status {}", answer.status);
}

Result<std::string> socket_of_config(const std::string& path) {
  config::Problems problems;
  auto root = config::Document::load(path, problems);
  if (!root)
    return Error{ErrorCode::kInvalid,
                 problems.list().empty() ? path : problems.list().front().to_string()};
  std::error_code ignored;
  std::string directory =
      std::filesystem::absolute(path, ignored).lexically_normal().parent_path().string();
  for (const auto& [key, value] : root->entries()) {
    if (key.scalar() != "admin") continue;
    for (const auto& [name, socket] : value.entries())
      if (name.scalar() == "socket" && !socket.scalar().empty())
        return config::resolve_path(socket.scalar(), directory);
  }
  return std::string();
}

Result<void> check_broker_url(const std::string& url) {
  std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
  auto part = [&](CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, 0) != CURLUE_OK) return std::string();
    std::string out = text;
    curl_free(text);
    return out;
  };
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return Error{ErrorCode::kInvalid, url + " is not a URL"};
  std::string scheme = part(CURLUPART_SCHEME);
  std::string host = part(CURLUPART_HOST);
  if (!part(CURLUPART_USER).empty())
    return Error{ErrorCode::kInvalid, "a broker's URL holds no user name or password"};
  if (scheme == "https") return {};
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  if (scheme == "http" && (host == "localhost" || config::is_loopback_address(host))) return {};
  return Error{ErrorCode::kInvalid,
               url + ": a token goes over https only, or over http to a loopback address"};
}

}  // namespace sallyport::admin
