// The broker's counters, kept in a Prometheus registry. Increments are lock-free and may come from
// any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sallyport {

class Metrics {
 public:
  Metrics();
  ~Metrics();

  void command(std::string_view protocol, std::string_view verdict);
  void login(std::string_view protocol, std::string_view result);  // "accepted", "refused" …
  void login_locked(std::string_view what);                        // "identity" or "address"
  void not_recorded();
  void bytes(std::string_view protocol, std::uint64_t in, std::uint64_t out);
  void upstream_error(std::string_view protocol);
  void catalog_read(bool done);  // of a target, by the broker itself
  void reload(bool accepted);    // of configuration and policy
  // Set just before a scrape.
  void set_sessions(std::size_t live);
  void set_connections(std::size_t open);
  void set_store_healthy(bool healthy);
  void set_log_dropped(std::uint64_t lines);

  std::string exposition() const;  // Prometheus text format 0.0.4

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport
