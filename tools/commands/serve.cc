// `serve`: the broker, until a signal ends it.
#include <ostream>

#include "core/log/log.h"
#include "tools/broker/broker.h"
#include "tools/broker/limits.h"
#include "tools/broker/process.h"
#include "tools/cli/problems.h"
#include "tools/commands/commands.h"

namespace sallyport::commands {
namespace {

using cli::Arguments;
using cli::Io;

int serve(const Arguments& arguments, Io& io) {
  unsigned long descriptors = broker::harden_process();
  broker::bear_short_memory();
  broker::block_signals();
  config::Problems problems;
  config::Problems warnings;
  auto loaded = broker::load(arguments.text("config"), problems, &warnings);
  cli::print_warnings(io, warnings);
  if (!loaded) {
    cli::print_problems(io, problems, false);
    return cli::kUsage;
  }
  log::start(loaded->config->log.level, loaded->config->log.format);
  // An agent's connection and the target's.
  unsigned long wanted = 2ul * loaded->config->connections + broker::kSpareDescriptors;
  if (descriptors < wanted)
    log::warn("fewer open files allowed than limits.connections may need; raise LimitNOFILE",
              {{"allowed", std::to_string(descriptors)}, {"wanted", std::to_string(wanted)}});
  int status = cli::kDone;
  {
    auto opened = broker::Broker::open(*std::move(loaded));
    if (opened) {
      (*opened)->run();
    } else {
      status = cli::fail(io, cli::kUsage, "serve: " + opened.error().detail);
    }
  }
  log::stop();
  return status;
}

}  // namespace

std::vector<cli::Command> serve_commands() {
  return {
      {"serve",
       "Run the broker",
       "SIGTERM stops accepting and lets what is in flight finish; SIGINT stops at once; SIGHUP "
       "reads "
       "configuration, policy and keys again without ending a session, and keeps the old ones when "
       "the new are broken.",
       {},
       {{"config", "FILE", "the configuration", true}},
       "sallyport serve --config sallyport.yaml",
       serve}};
}

}  // namespace sallyport::commands
