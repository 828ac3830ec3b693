// Rules as data: tests/data/policy/rules/*.cases.yaml, each beside the policy that it names.
#include <catch2/catch.hpp>

#include "policy/cases.h"
#include "support.h"

namespace sallyport::policy {
namespace {

TEST_CASE("Each case of the rule files is decided as it says") {
  const std::vector<std::string> files = files_in("tests/data/policy/rules", ".cases.yaml");
  REQUIRE(files.size() >= 6);
  std::size_t count = 0;
  for (const std::string& path : files) {
    config::Problems problems;
    const std::optional<CaseFile> file = read_cases(read_file(path), path, problems);
    INFO(path << "\n" << problems.to_string());
    REQUIRE(file);
    REQUIRE(file->policies.size() == 1);
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    const auto policy = compile_all_effects(read_file(folder + file->policies.front()));
    const auto results = run_cases(*file, *policy, command_of_facts, monday_noon());
    INFO(to_text(results, path));
    for (const CaseResult& result : results) CHECK(result.passed);
    count += results.size();
  }
  CHECK(count >= 60);
}

}  // namespace
}  // namespace sallyport::policy
