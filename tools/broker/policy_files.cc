#include "tools/broker/policy_files.h"

#include "core/config/file.h"

namespace sallyport::broker {
namespace {

// A policy is written by people; 4 MiB is also the most the YAML reader takes.
constexpr std::size_t kPolicyFileBytes = 4u << 20;

}  // namespace

std::shared_ptr<const policy::CompiledPolicy> load_policy(const std::vector<std::string>& files,
                                                          config::Problems& problems,
                                                          config::Problems* warnings,
                                                          const policy::Support& support) {
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
  auto policy = policy::compile(sources, problems, warnings, support);
  return readable ? policy : nullptr;
}

}  // namespace sallyport::broker
