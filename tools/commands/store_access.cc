#include "tools/commands/store_access.h"

#include "core/config/config.h"
#include "core/config/secret.h"
#include "tools/cli/values.h"

namespace sallyport::commands {
namespace {

struct Place {
  std::string path;
  std::optional<config::SecretBytes> key;
  config::SecretBytes previous;  // empty: none
};

Result<Place> place_of_config(const std::string& file, KeyUse use) {
  config::Problems problems;
  auto settings = config::load_store(file, problems);
  if (!settings) {
    std::string first = problems.list().empty() ? file : problems.list().front().to_string();
    return Error{ErrorCode::kInvalid, first};
  }
  Place out;
  out.path = settings->store;
  if (use == KeyUse::kNone) return out;
  auto key = settings->secrets.key.resolve();
  if (key) {
    out.key = std::move(*key);
  } else if (use == KeyUse::kRequired) {
    return Error{ErrorCode::kUnauthenticated, "secrets.key: " + key.error().detail};
  }
  // While a change of the key is not over, either may be needed.
  if (!settings->secrets.previous.empty())
    if (auto previous = settings->secrets.previous.resolve()) out.previous = std::move(*previous);
  return out;
}

}  // namespace

std::vector<cli::Option> store_options() {
  return {
      {"config", "FILE", "the broker's configuration, which names the store and its key"},
      {"store", "URL", "the store itself, sqlite:PATH; the broker may run or not"},
      {"key-file", "FILE", "the store's key, with --store; without it payloads stay closed"},
  };
}

Result<std::string> sqlite_path(const std::string& url) {
  constexpr std::string_view kScheme = "sqlite:";
  if (!url.starts_with(kScheme) || url.size() == kScheme.size())
    return Error{ErrorCode::kInvalid, "--store '" + url + "': write sqlite:PATH"};
  return url.substr(kScheme.size());
}

Result<std::unique_ptr<storage::StoreReader>> open_reader(const cli::Arguments& arguments,
                                                          KeyUse use) {
  if (arguments.has("store") == arguments.has("config"))
    return Error{ErrorCode::kInvalid,
                 "name the store by either --config FILE or --store sqlite:PATH"};
  Place place;
  if (arguments.has("config")) {
    auto found =
        place_of_config(arguments.text("config"), arguments.has("key-file") ? KeyUse::kNone : use);
    if (!found) return found.error();
    place = std::move(*found);
  } else {
    auto path = sqlite_path(arguments.text("store"));
    if (!path) return path.error();
    place.path = *path;
  }
  if (arguments.has("key-file")) {
    auto key = config::read_secret_file(arguments.text("key-file"));
    if (!key) return Error{ErrorCode::kInvalid, "--key-file: " + key.error().detail};
    place.key = std::move(*key);
  }
  if (use == KeyUse::kRequired && !place.key)
    return Error{ErrorCode::kUnauthenticated,
                 "payloads are encrypted: name the key with --config FILE or --key-file FILE"};
  auto reader =
      place.key ? storage::StoreReader::open(place.path, place.key->view(), place.previous.view())
                : storage::StoreReader::open(place.path);
  if (!reader) return Error{reader.error().code, reader.error().detail};
  return reader;
}

int status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound:
    case ErrorCode::kMalformed:
    case ErrorCode::kDenied:
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
    case ErrorCode::kClosed:
    case ErrorCode::kLimit:
    case ErrorCode::kNotRecorded:
    case ErrorCode::kRevoked:
      return cli::kDoesNotHold;
    case ErrorCode::kInvalid:
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kUnsupported:
    case ErrorCode::kInternal:
      return cli::kUsage;
  }
  return cli::kUsage;
}

template <class Query>
Result<void> read_range(const cli::Arguments& arguments, Query& query) {
  for (auto [name, into] : {std::pair{"from", &query.from}, std::pair{"to", &query.to}}) {
    if (!arguments.has(name)) continue;
    *into = cli::parse_time(arguments.text(name));
    if (!*into)
      return Error{ErrorCode::kInvalid, "--" + std::string(name) + " '" + arguments.text(name) +
                                            "': write 2026-11-23 or 2026-11-23T15:04:05Z"};
  }
  if (!arguments.has("limit")) return {};
  auto limit = cli::parse_count(arguments.text("limit"));
  if (!limit || *limit == 0)
    return Error{ErrorCode::kInvalid, "--limit '" + arguments.text("limit") + "': write a number"};
  query.limit = *limit;
  return {};
}

template Result<void> read_range(const cli::Arguments&, storage::SessionQuery&);
template Result<void> read_range(const cli::Arguments&, storage::CommandQuery&);

}  // namespace sallyport::commands
