#include "protocols/postgres/classifier.h"

namespace sallyport::postgres {

Command unknown_command(std::string_view text) {
  Command command;
  command.actions = {Action::kUnknown};
  command.text = std::string(text);
  return command;
}

}  // namespace sallyport::postgres
