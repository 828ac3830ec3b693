// A protocol of the tests' own, and a folder with all that a good configuration names.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/config/client_tls.h"
#include "core/config/config.h"
#include "core/config/secret.h"
#include "temp_dir.h"

namespace sallyport::config {

struct ToyListener final : ListenerConfig {
  std::string motto;
};
struct ToyTarget final : TargetSettings {
  SecretReference credential;
};

// A protocol of our own, read like a real one: keys of its own, and everything else left alone.
class ToyProtocol final : public ProtocolModule {
 public:
  std::string_view listener_key() const override { return "toy"; }
  std::string_view target_protocol() const override { return "toy"; }
  std::vector<std::string> alpn() const override { return {"toy/1"}; }
  bool acceptor_per_thread() const override { return true; }
  std::shared_ptr<ListenerConfig> read_listener(MapReader& reader) const override {
    auto listener = std::make_shared<ToyListener>();
    listener->motto = reader.text("motto");
    return listener;
  }
  void read_target(MapReader& reader, const std::string& directory, Target& target) const override {
    auto settings = std::make_shared<ToyTarget>();
    target.endpoint.host = reader.require_text("host");
    if (const auto node = reader.get("credential")) {
      if (auto read = SecretReference::read(*node, directory, reader.problems())) {
        settings->credential = *read;
      }
    }
    if (const auto tls = read_client_tls(reader, directory)) target.endpoint.tls = *tls;
    target.settings = settings;
  }
  std::unique_ptr<ProtocolService> make_service(const Services&,
                                                std::shared_ptr<const ListenerConfig>,
                                                net::Listener::TlsSource) const override {
    return nullptr;
  }
};

// A folder with all that a good configuration names.
struct Deployment {
  Deployment() {
    dir.write("key", "0123456789abcdef0123456789abcdef\n");
    dir.write("dev.pem", "key\n");
    dir.write("jwks.json", "{}", 0644);
    dir.write("policy.yaml", "version: 1\n", 0644);
    dir.write("token", "s3cret");
  }

  std::shared_ptr<const Config> parse(const std::string& text) {
    problems = Problems();
    return config::parse(text, dir.file("sallyport.yaml"), {&toy}, problems);
  }

  // The problems of the least configuration with `more` behind it, "line:column: message" each.
  std::vector<std::string> complaints(const std::string& more) {
    CHECK(parse(kLeast + more) == nullptr);
    std::vector<std::string> list;
    const std::string prefix = dir.file("sallyport.yaml") + ":";
    for (const Problem& problem : problems.list()) {
      std::string line = problem.to_string();
      REQUIRE(line.starts_with(prefix));
      list.push_back(line.substr(prefix.size()));
    }
    REQUIRE_FALSE(list.empty());
    return list;
  }
  bool complains(const std::string& more, const std::string& about) {
    const std::vector<std::string> list = complaints(more);
    const bool found = std::any_of(list.begin(), list.end(), [&](const std::string& line) {
      return line.find(about) != std::string::npos;
    });
    if (!found) UNSCOPED_INFO(problems.to_string());
    return found;
  }

  // Four lines.
  static inline const std::string kLeast =
      "store: sqlite:data/audit.db\n"
      "secrets: {key: \"file:key\"}\n"
      "policy: policy.yaml\n"
      "identity: {issuers: [{name: dev, type: development, key: dev.pem}]}\n";
  TempDir dir;
  ToyProtocol toy;
  Problems problems;
};

}  // namespace sallyport::config
