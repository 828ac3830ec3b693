// A result as psql prints it (its aligned format, with border 1). Pure.
#pragma once

#include <string>
#include <vector>

namespace sallyport::replay {

struct PsqlColumn {
  std::string name;
  bool right = false;  // numbers
};

// Headings, rows and their number. Every cell is made printable first, so that each row is one
// line. `total` is the number to print: there may have been more rows than are shown.
std::string psql_table(const std::vector<PsqlColumn>& columns,
                       const std::vector<std::vector<std::string>>& rows, std::size_t total);

// psql aligns values of these types to the right.
bool aligns_right(const std::string& type);

}  // namespace sallyport::replay
