#include "tools/admin/offline.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <future>

#include "core/net/runtime.h"
#include "protocols/http/encoder.h"
#include "tools/admin/api.h"
#include "tools/admin/limits.h"
#include "tools/admin/routes.h"
#include "tools/broker/access.h"
#include "tools/broker/modules.h"
#include "tools/broker/store.h"
#include "tools/broker/trust.h"
#include "tools/broker/versions.h"

namespace sallyport::admin {
namespace {

net::Awaitable<void> answer(Api& api, const ApiRequest& request, std::promise<ApiReply>& out) {
  ApiReply reply = co_await api.handle(request);
  out.set_value(std::move(reply));
}

// The store's files must stay its owner's: a broker that finds some of another user does not start.
Result<void> check_owner(const config::Config& config) {
  struct stat found {};
  if (stat(config.store.c_str(), &found) != 0) {
    if (!caller_of_uid(config.admin, geteuid()))
      return Error{ErrorCode::kDenied,
                   fmt::format("uid {} is not a person of admin.users", geteuid())};
    std::string folder = std::filesystem::path(config.store).parent_path().string();
    // Opening the store says what is wrong with the folder.
    if (stat(folder.c_str(), &found) != 0) return {};
  }
  if (found.st_uid == geteuid()) return {};
  return Error{ErrorCode::kDenied,
               fmt::format("no broker runs, and store {} belongs to uid {}: run this as that user, "
                           "or start the broker",
                           config.store, found.st_uid)};
}

}  // namespace

struct Offline::Impl {
  explicit Impl(std::shared_ptr<const config::Config> in_force) : config(std::move(in_force)) {}
  ~Impl() {
    runtime.stop();
    runtime.join();
  }

  const std::shared_ptr<const config::Config> config;  // shared with the interface
  const SystemClock clock;
  net::Runtime runtime{1};
  net::WorkerPool readers{1, kStoreReadings};
  std::unique_ptr<storage::SqliteStore> store;
  std::unique_ptr<identity::SshCa> ssh_ca;
  std::unique_ptr<identity::AccessBook> book;
  std::unique_ptr<identity::AccessControl> access;
  std::unique_ptr<Api> api;
};

Offline::Offline(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Offline::~Offline() = default;

Result<std::unique_ptr<Offline>> Offline::open(const std::string& config_path) {
  config::Problems problems;
  auto config = config::load(config_path, broker::protocol_modules(), problems);
  if (!config)
    return Error{ErrorCode::kInvalid,
                 problems.list().empty() ? config_path : problems.list().front().to_string()};
  if (auto owned = check_owner(*config); !owned) return owned.error();
  auto impl = std::make_unique<Impl>(config);
  auto store = broker::open_store(
      *config, {{"version", broker::program_version()}, {"process", "a command, no broker"}},
      impl->clock);
  if (!store) return store.error();
  impl->store = *std::move(store);
  auto book = broker::load_access(*config);
  if (!book) return book.error();
  impl->book = *std::move(book);
  impl->access = std::make_unique<identity::AccessControl>(*impl->book, *impl->store, impl->clock,
                                                           identity::AccessControl::Live{});
  const StorePlace place{config->store, impl->readers};
  Areas areas;
  areas.secrets.emplace(
      SecretParts{impl->store->vault(), place, [config] { return config; }, impl->clock});
  impl->ssh_ca = broker::make_ssh_ca(impl->store->vault());
  areas.ca.emplace(
      CaParts{*impl->ssh_ca, [config] { return broker::trusted_certificate(*config); }});
  areas.access.emplace(AccessParts{*impl->access, nullptr, place, [config] { return config; }});
  ApiParts parts{*impl->store, nullptr, [config] { return config; }};
  impl->api = std::make_unique<Api>(std::move(parts), make_routes(areas));
  impl->runtime.start();
  return std::unique_ptr<Offline>(new Offline(std::move(impl)));
}

ApiReply Offline::request(const std::string& method, const std::string& path, std::string_view body,
                          const std::string& content_type) {
  ApiRequest request;
  request.method = method;
  request.content_type = content_type;
  request.body = body;
  request.peer = "local";
  request.uid = geteuid();
  if (auto wrong = read_target(path, request))
    return problem(wrong->status, http::reason_phrase(wrong->status), wrong->detail);
  std::promise<ApiReply> promise;
  auto reply = promise.get_future();
  net::spawn(impl_->runtime.executor(0), answer(*impl_->api, request, promise));
  ApiReply out = reply.get();
  config::SecretBytes wiped(std::move(request.body));
  return out;
}

}  // namespace sallyport::admin
