#include "tools/replay/psql_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/cli/text.h"

namespace sallyport::replay {

bool aligns_right(const std::string& type) {
  static constexpr std::array<std::string_view, 7> kNumbers = {
      "smallint", "integer", "bigint", "oid", "real", "double precision", "numeric"};
  return std::ranges::find(kNumbers, type) != kNumbers.end();
}

std::string psql_table(const std::vector<PsqlColumn>& columns,
                       const std::vector<std::vector<std::string>>& rows, std::size_t total) {
  std::vector<std::string> names;
  std::vector<std::size_t> widths;
  for (const PsqlColumn& column : columns) {
    names.push_back(cli::printable_line(column.name));
    widths.push_back(cli::columns(names.back()));
  }
  std::vector<std::vector<std::string>> cells;
  for (const auto& row : rows) {
    auto& safe = cells.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      safe.push_back(i < row.size() ? cli::printable_line(row[i]) : std::string());
      widths[i] = std::max(widths[i], cli::columns(safe.back()));
    }
  }
  std::string out;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::size_t space = widths[i] - cli::columns(names[i]);
    out.append(i > 0 ? "| " : " ").append(space / 2, ' ').append(names[i]);
    out.append(space - space / 2, ' ').push_back(' ');
  }
  out.push_back('\n');
  for (std::size_t i = 0; i < columns.size(); ++i)
    out.append(i > 0 ? "+" : "").append(widths[i] + 2, '-');
  out.push_back('\n');
  for (const auto& row : cells) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::size_t space = widths[i] - cli::columns(row[i]);
      const bool last = i + 1 == columns.size();
      out.append(i > 0 ? "| " : " ");
      if (columns[i].right) out.append(space, ' ');
      out.append(row[i]);
      if (!last) out.append(columns[i].right ? 1 : space + 1, ' ');
    }
    out.push_back('\n');
  }
  return out + fmt::format("({} {})\n", total, total == 1 ? "row" : "rows");
}

}  // namespace sallyport::replay
