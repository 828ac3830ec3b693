#include "tools/cli/command.h"

#include <ostream>

#include "tools/cli/text.h"

namespace sallyport::cli {

std::string Arguments::text(const std::string& name, std::string fallback) const {
  auto it = values_.find(name);
  if (it == values_.end()) return fallback;
  return it->second.back();
}

std::vector<std::string> Arguments::all(const std::string& name) const {
  auto it = values_.find(name);
  return it == values_.end() ? std::vector<std::string>() : it->second;
}

int fail(Io& io, int status, std::string_view message) {
  io.err << "sallyport: " << printable_line(message) << '\n';
  return status;
}

const Command* CommandTable::find(std::string_view name) const {
  for (const Command& command : commands)
    if (command.name == name) return &command;
  return nullptr;
}

const Group* CommandTable::find_group(std::string_view name) const {
  for (const Group& group : groups)
    if (group.name == name) return &group;
  return nullptr;
}

std::vector<const Command*> CommandTable::members(std::string_view group) const {
  std::vector<const Command*> out;
  for (const Command& command : commands)
    if (command.name.size() > group.size() && command.name.starts_with(group) &&
        command.name[group.size()] == ' ')
      out.push_back(&command);
  return out;
}

}  // namespace sallyport::cli
