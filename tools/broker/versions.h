// The versions of this program and of the libraries it runs with: `--version`, /healthz and the
// start event.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sallyport::broker {

std::string program_version();

// Name and version; those that can say so report what is loaded, not what was compiled against.
std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace sallyport::broker
