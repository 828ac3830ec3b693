#include "tools/admin/health_api.h"

#include "core/json_writer.h"
#include "core/log/log.h"
#include "tools/broker/versions.h"

namespace sallyport::admin {
namespace {

ApiReply health() {
  ApiReply reply;
  JsonWriter json(reply.body);
  json.begin_object().text("status", "ok").text("version", broker::program_version());
  json.begin_object("libraries");
  for (const auto& [name, version] : broker::library_versions()) json.text(name, version);
  json.end_object().end_object();
  return reply;
}

ApiReply readiness(const HealthParts& parts) {
  std::string_view state = "ready";
  if (!parts.recorder.healthy()) state = "the audit store takes no records";
  if (parts.draining()) state = "draining";
  ApiReply reply;
  reply.status = state == "ready" ? 200 : 503;
  JsonWriter(reply.body).begin_object().text("status", state).end_object();
  return reply;
}

ApiReply metrics(const HealthParts& parts) {
  parts.metrics.set_sessions(parts.sessions.size());
  parts.metrics.set_connections(parts.connections());
  parts.metrics.set_store_healthy(parts.recorder.healthy());
  parts.metrics.set_log_dropped(log::dropped());
  ApiReply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = parts.metrics.exposition();
  return reply;
}

}  // namespace

std::vector<Route> health_routes(std::optional<HealthParts> parts) {
  auto answer = [&parts](ApiReply (*make)(const HealthParts&)) -> Handler {
    if (!parts) return {};
    return [parts = *parts, make](const Call&) { return ready(make(parts)); };
  };
  Route live{"GET", "/healthz", "getHealth", Anybody{}};
  live.handler = [](const Call&) { return ready(health()); };
  Route fit{"GET", "/readyz", "getReadiness", Anybody{}};
  fit.handler = answer(readiness);
  Route figures{"GET", "/metrics", "getMetrics", Anybody{}};
  figures.handler = answer(metrics);
  return {live, fit, figures};
}

}  // namespace sallyport::admin
