// The protocols this broker speaks: the explicit list. A new protocol is a folder under protocols/
// and one line in modules.cc.
#pragma once

#include <vector>

#include "core/protocol.h"

namespace sallyport::broker {

// Alive as long as the process.
const std::vector<const ProtocolModule*>& protocol_modules();

}  // namespace sallyport::broker
