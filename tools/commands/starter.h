// What `init` writes. The policy is policy/examples/starter.yaml, put into the program by the
// build.
#pragma once

#include <string>
#include <string_view>

namespace sallyport::commands {

std::string starter_config(unsigned admin_uid, const std::string& admin_subject);
std::string_view starter_policy();

}  // namespace sallyport::commands
