// The command table and its renderings: one source, so none can lack what another has.
#include "tools/commands/commands.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "tools/cli/help.h"
#include "tools/cli/parser.h"

namespace sallyport::cli {
namespace {

struct Run {
  int status;
  std::string out;
  std::string err;
};

Run sallyport(std::vector<std::string> words, const std::string& input = {}) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  Io io{in, out, err};
  int status = run(commands::command_table(), std::move(words), io);
  return {status, out.str(), err.str()};
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("Help, manual and completion all name every command and every option") {
  const CommandTable& table = commands::command_table();
  std::string help = program_help(table);
  std::string man = man_page(table);
  std::string completion = bash_completion(table);
  REQUIRE(table.commands.size() >= 17);
  for (const Command& command : table.commands) {
    INFO(command.name);
    CHECK(help.find("  " + command.name + " ") != std::string::npos);
    CHECK(man.find(".SS \"" + command.name + "\"") != std::string::npos);
    CHECK(completion.find("'" + command.name + "')") != std::string::npos);
    for (const Option& option : command.options) {
      INFO(option.name);
      CHECK(command_help(command).find("--" + option.name) != std::string::npos);
      CHECK(completion.find("--" + option.name) != std::string::npos);
    }
  }
}

TEST_CASE(
    "Every command has an example that begins with the program's name, and --help prints it") {
  for (const Command& command : commands::command_table().commands) {
    INFO(command.name);
    CHECK(command.example.find("sallyport " + command.name) != std::string::npos);
    std::vector<std::string> words;
    std::istringstream split(command.name);
    for (std::string word; split >> word;) words.push_back(word);
    words.emplace_back("--help");
    Run help = sallyport(words);
    CHECK(help.status == kDone);
    CHECK(help.out.find(command.example) != std::string::npos);
    CHECK(help.err.empty());
  }
}

TEST_CASE("Every command that belongs to a group names one that exists") {
  const CommandTable& table = commands::command_table();
  for (const Command& command : table.commands) {
    std::size_t space = command.name.find(' ');
    if (space == std::string::npos) continue;
    CHECK(table.find_group(command.name.substr(0, space)) != nullptr);
  }
  for (const Group& group : table.groups) CHECK_FALSE(table.members(group.name).empty());
}

TEST_CASE("Wrong usage is status 2 and one line that says what to do") {
  struct Case {
    std::vector<std::string> words;
    std::string says;
  };
  for (const Case& c : std::vector<Case>{
           {{}, "--help"},
           {{"srve"}, "is 'serve' meant"},
           {{"sessions"}, "list, show, tail, kill"},
           {{"sessions", "lst"}, "is 'list' meant"},
           {{"serve"}, "--config FILE is missing"},
           {{"serve", "--nope"}, "--nope"},
           {{"serve", "--config"}, "--config"},
           {{"serve", "--config", "a", "--config", "b"}, "once only"},
           {{"replay"}, "ID is missing"},
           {{"replay", "x", "--format", "mp3"}, "text, jsonl, har"},
           {{"version", "extra"}, "extra"},
       }) {
    Run done = sallyport(c.words);
    INFO(done.err);
    CHECK(done.status == kUsage);
    CHECK(done.out.empty());
    CHECK(lines(done.err) == 1);
    CHECK(done.err.starts_with("sallyport: "));
    CHECK(done.err.find(c.says) != std::string::npos);
  }
}

TEST_CASE("Errors never print what was given as control characters") {
  Run done = sallyport({"sessions", "show", "\x1b[2J"});
  CHECK(done.status == kUsage);
  CHECK(done.err.find('\x1b') == std::string::npos);
}

TEST_CASE("Versions of the libraries are printed, as text and as JSON") {
  Run text = sallyport({"--version"});
  CHECK(text.status == kDone);
  for (const char* name : {"OpenSSL", "SQLite", "libcurl"})
    CHECK(text.out.find(name) != std::string::npos);
  CHECK(sallyport({"version"}).out == text.out);
  CHECK(sallyport({"version", "--json"}).out.find("\"libraries\":{") != std::string::npos);
}

TEST_CASE("Repeatable options keep every value and flags none") {
  CommandTable table;
  static Arguments seen;
  table.commands.push_back({"try",
                            "Try",
                            "",
                            {{"A", "a"}, {"B", "b", false, true}},
                            {{"group", "G", "g", false, true}, {"flag", "", "f"}},
                            "sallyport try",
                            [](const Arguments& arguments, Io&) {
                              seen = arguments;
                              return kDone;
                            }});
  std::istringstream in;
  std::ostringstream out;
  Io io{in, out, out};
  int status =
      run(table, {"try", "--group", "x", "one", "--group=y", "two", "three", "--flag"}, io);
  INFO(out.str());
  CHECK(status == kDone);
  CHECK(seen.all("group") == std::vector<std::string>{"x", "y"});
  CHECK(seen.text("A") == "one");
  CHECK(seen.all("B") == std::vector<std::string>{"two", "three"});
  CHECK(seen.has("flag"));
}

TEST_CASE("The manual has no line that roff would take for a request of its own") {
  std::istringstream page(man_page(commands::command_table()));
  for (std::string line; std::getline(page, line);) {
    INFO(line);
    if (line.starts_with('.'))
      CHECK((line.starts_with(".SS") || line.starts_with(".SH") || line.starts_with(".TH") ||
             line.starts_with(".TP") || line.starts_with(".B ") || line.starts_with(".I ") ||
             line.starts_with(".RI ") || line == ".PP" || line == ".nf" || line == ".fi" ||
             line == ".RS" || line == ".RE"));
  }
}

}  // namespace sallyport::cli
