// What the connections of one I/O thread share: buffers, idle upstream connections, and the list of
// the connections themselves for drains and the watch. Used on that thread only.
#pragma once

#include <list>

#include "protocols/http/agent_connection.h"
#include "protocols/http/pool.h"

namespace sallyport::http {

struct ServeThread {
  BufferCache buffers;
  UpstreamPool pool;
  std::list<AgentConnection*> connections;
  bool draining = false;
  bool stopped = false;
};

}  // namespace sallyport::http
