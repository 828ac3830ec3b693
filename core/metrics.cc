#include "core/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <atomic>
#include <mutex>

namespace sallyport {
namespace {

using prometheus::Counter;
using prometheus::Gauge;

// Counters of one family by the values of up to two labels. A counter that exists is found without
// a lock: entries are only ever added, at the head, and live as long as this.
class LabelledCounter {
 public:
  using Names = std::array<std::string, 2>;
  using Values = std::array<std::string_view, 2>;

  LabelledCounter(prometheus::Registry& registry, const std::string& name, const std::string& help,
                  Names labels)
      : family_(prometheus::BuildCounter().Name(name).Help(help).Register(registry)),
        labels_(std::move(labels)) {}
  LabelledCounter(const LabelledCounter&) = delete;
  LabelledCounter& operator=(const LabelledCounter&) = delete;
  ~LabelledCounter() {
    for (Entry* e = head_; e != nullptr;) delete std::exchange(e, e->next);
  }

  void add(Values values, std::uint64_t by = 1) {
    Entry* entry = find(values);
    if (entry == nullptr) entry = make(values);
    entry->counter.Increment(static_cast<double>(by));
  }

 private:
  struct Entry {
    std::array<std::string, 2> values;
    Counter& counter;
    Entry* next;
  };

  Entry* find(const Values& values) const {
    for (Entry* e = head_.load(std::memory_order_acquire); e != nullptr; e = e->next)
      if (e->values[0] == values[0] && e->values[1] == values[1]) return e;
    return nullptr;
  }

  Entry* make(const Values& values) {
    std::lock_guard lock(mutex_);
    if (Entry* other = find(values)) return other;
    prometheus::Labels labels;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!labels_[i].empty()) labels[labels_[i]] = std::string(values[i]);
    auto* entry = new Entry{{std::string(values[0]), std::string(values[1])},
                            family_.Add(labels),
                            head_.load(std::memory_order_relaxed)};
    head_.store(entry, std::memory_order_release);
    return entry;
  }

  prometheus::Family<Counter>& family_;
  const Names labels_;
  std::mutex mutex_;
  std::atomic<Entry*> head_{nullptr};
};

Gauge& gauge(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  LabelledCounter commands{registry,
                           "sallyport_commands_total",
                           "Commands that agents attempted, by verdict",
                           {"protocol", "verdict"}};
  LabelledCounter logins{
      registry, "sallyport_logins_total", "Attempts to prove an identity", {"protocol", "result"}};
  LabelledCounter login_locks{
      registry, "sallyport_login_locks_total", "Locks after too many failed logins", {"what", ""}};
  LabelledCounter not_recorded{registry,
                               "sallyport_not_recorded_total",
                               "Commands refused because the store could not record them",
                               {}};
  LabelledCounter bytes{registry,
                        "sallyport_bytes_total",
                        "Bytes between agents and targets; in is toward the target",
                        {"protocol", "direction"}};
  LabelledCounter upstream_errors{registry,
                                  "sallyport_upstream_errors_total",
                                  "Targets that could not be reached or broke off",
                                  {"protocol", ""}};
  LabelledCounter catalog_reads{registry,
                                "sallyport_catalog_reads_total",
                                "Readings of the catalogs of targets, by result",
                                {"result", ""}};
  LabelledCounter reloads{registry,
                          "sallyport_reloads_total",
                          "Reloads of configuration and policy, by result",
                          {"result", ""}};
  LabelledCounter log_dropped{
      registry, "sallyport_log_dropped_total", "Log lines that stderr did not take", {}};
  Gauge& sessions = gauge(registry, "sallyport_sessions", "Live sessions");
  Gauge& connections = gauge(registry, "sallyport_connections", "Open connections of agents");
  Gauge& store_healthy =
      gauge(registry, "sallyport_store_healthy", "1 while the audit store takes records");
  std::atomic<std::uint64_t> log_dropped_seen{0};
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {
  // Counters that an alert asks for exist from the start, at 0.
  impl_->login_locks.add({"identity", ""}, 0);
  impl_->login_locks.add({"address", ""}, 0);
  impl_->not_recorded.add({"", ""}, 0);
  impl_->log_dropped.add({"", ""}, 0);
  impl_->catalog_reads.add({"failed", ""}, 0);
  impl_->reloads.add({"rejected", ""}, 0);
}

Metrics::~Metrics() = default;

void Metrics::command(std::string_view protocol, std::string_view verdict) {
  impl_->commands.add({protocol, verdict});
}

void Metrics::login(std::string_view protocol, std::string_view result) {
  impl_->logins.add({protocol, result});
}

void Metrics::login_locked(std::string_view what) { impl_->login_locks.add({what, ""}); }

void Metrics::not_recorded() { impl_->not_recorded.add({"", ""}); }

void Metrics::bytes(std::string_view protocol, std::uint64_t in, std::uint64_t out) {
  if (in > 0) impl_->bytes.add({protocol, "in"}, in);
  if (out > 0) impl_->bytes.add({protocol, "out"}, out);
}

void Metrics::upstream_error(std::string_view protocol) {
  impl_->upstream_errors.add({protocol, ""});
}

void Metrics::catalog_read(bool done) { impl_->catalog_reads.add({done ? "read" : "failed", ""}); }

void Metrics::reload(bool accepted) {
  impl_->reloads.add({accepted ? "accepted" : "rejected", ""});
}

void Metrics::set_sessions(std::size_t live) { impl_->sessions.Set(static_cast<double>(live)); }

void Metrics::set_connections(std::size_t open) {
  impl_->connections.Set(static_cast<double>(open));
}

void Metrics::set_store_healthy(bool healthy) { impl_->store_healthy.Set(healthy ? 1 : 0); }

void Metrics::set_log_dropped(std::uint64_t lines) {
  std::uint64_t before = impl_->log_dropped_seen.exchange(lines);
  if (lines > before) impl_->log_dropped.add({"", ""}, lines - before);
}

std::string Metrics::exposition() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace sallyport
