#include "tools/cli/problems.h"

#include <ostream>

#include "core/json_writer.h"
#include "tools/cli/text.h"

namespace sallyport::cli {

void print_problems(Io& io, const config::Problems& problems, bool json) {
  if (!json) {
    for (const config::Problem& problem : problems.list())
      io.err << printable_line(problem.to_string()) << '\n';
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

void print_warnings(Io& io, const config::Problems& warnings) {
  for (const config::Problem& warning : warnings.list())
    io.err << printable_line(warning.to_string()) << " (warning)\n";
}

}  // namespace sallyport::cli
