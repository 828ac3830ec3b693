// The manual and the examples stay true: every policy in them compiles without a problem or a
// warning.
#include <catch2/catch.hpp>
#include <sstream>

#include "policy/cases.h"
#include "support.h"

namespace sallyport::policy {
namespace {

// The fenced yaml blocks of a Markdown file.
std::vector<std::string> yaml_blocks(const std::string& text) {
  std::vector<std::string> blocks;
  bool inside = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (inside && line.starts_with("```")) {
      inside = false;
    } else if (inside) {
      blocks.back() += line + "\n";
    } else if (line == "```yaml") {
      inside = true;
      blocks.emplace_back();
    }
  }
  return blocks;
}

// A block is a whole policy, a file of cases, or some rules.
std::string as_policy(const std::string& block) {
  if (!block.starts_with("- id: ")) return block;
  std::vector<std::string> ids;
  std::istringstream lines(block);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("- id: ")) ids.push_back(line.substr(6));
  return policy_of(block, ids);
}

TEST_CASE("Every example in the manual is a correct policy or file of cases") {
  const std::vector<std::string> blocks = yaml_blocks(read_file(source_path("docs/policy.md")));
  REQUIRE(blocks.size() >= 8);
  for (const std::string& block : blocks) {
    config::Problems problems;
    config::Problems warnings;
    INFO(block);
    if (block.starts_with("policy: ")) {
      CHECK(read_cases(block, "docs/policy.md", problems));
    } else {
      CHECK(compile({{"docs/policy.md", as_policy(block)}}, problems, &warnings));
    }
    CHECK(problems.to_string() == "");
    CHECK(warnings.to_string() == "");
  }
}

TEST_CASE("The examples beside the engine compile without a warning") {
  const std::vector<std::string> files = files_in("policy/examples", ".yaml");
  REQUIRE(files.size() >= 2);
  for (const std::string& path : files) {
    config::Problems problems;
    config::Problems warnings;
    CHECK(compile({{path, read_file(path)}}, problems, &warnings, Support{.approve = true}));
    CHECK(problems.to_string() == "");
    CHECK(warnings.to_string() == "");
  }
}

}  // namespace
}  // namespace sallyport::policy
