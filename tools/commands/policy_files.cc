#include "tools/commands/policy_files.h"

#include <ostream>

#include "core/config/file.h"
#include "core/json_writer.h"
#include "tools/cli/text.h"

namespace sallyport::commands {
namespace {

// A policy is written by people; 4 MiB is also the most the YAML reader takes.
constexpr std::size_t kPolicyFileBytes = 4u << 20;

}  // namespace

std::shared_ptr<const policy::CompiledPolicy> load_policy(const std::vector<std::string>& files,
                                                          config::Problems& problems,
                                                          config::Problems* warnings) {
  std::vector<policy::Source> sources;
  bool readable = true;
  for (const std::string& file : files) {
    auto text = config::read_file(file, kPolicyFileBytes);
    if (text) {
      sources.push_back({file, std::move(*text)});
    } else {
      problems.add(file, {}, text.error().detail);
      readable = false;
    }
  }
  auto policy = policy::compile(sources, problems, warnings);
  return readable ? policy : nullptr;
}

void print_problems(cli::Io& io, const config::Problems& problems, bool json) {
  if (!json) {
    for (const config::Problem& problem : problems.list())
      io.err << cli::printable_line(problem.to_string()) << '\n';
    return;
  }
  std::string out;
  JsonWriter writer(out);
  writer.begin_array();
  for (const config::Problem& problem : problems.list())
    writer.begin_object()
        .text("file", problem.file)
        .number("line", static_cast<std::uint64_t>(problem.position.line))
        .number("column", static_cast<std::uint64_t>(problem.position.column))
        .text("message", problem.message)
        .end_object();
  writer.end_array();
  io.out << out << '\n';
}

}  // namespace sallyport::commands
