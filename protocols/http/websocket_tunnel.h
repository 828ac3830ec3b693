// A WebSocket between an agent and a target, from the 101 on: one coroutine for each direction,
// each at its own pace. What goes on is recorded first. A Close of either side is passed to the
// other, whose own ends it; whatever else ends it, both sides are told why. Used on one thread;
// shared by its coroutines.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/net/one_shot.h"
#include "core/permit.h"
#include "protocols/http/exchange.h"
#include "protocols/http/target_connection.h"
#include "protocols/http/websocket_flow.h"

namespace sallyport::http {

// How it ended, and what went through.
struct WebSocketEnd {
  enum class By { kAgent, kTarget, kBroker };
  struct Failure {
    By by;
    Error error;
  };
  std::optional<Failure> failure;  // absent: closed by one side and then the other
  std::uint64_t bytes_in = 0;      // of messages, agent to target
  std::uint64_t bytes_out = 0;
  std::uint64_t masked = 0;
};

class WebSocketTunnel : public std::enable_shared_from_this<WebSocketTunnel> {
 public:
  struct Parts {
    std::shared_ptr<const void> owner;  // keeps the following alive; shared with who runs this
    Exchange& agent;
    TargetConnection& target;
    const Permit& permit;
    const Screen& screen;  // of what the target sends
    RecordPayloads kept = RecordPayloads::kFull;
    std::chrono::milliseconds silence{0};  // the longest in both directions
  };
  explicit WebSocketTunnel(const Parts& parts);

  // Both sides are ended when it returns.
  net::Awaitable<WebSocketEnd> run();

 private:
  using By = WebSocketEnd::By;
  // One direction, and the side that it leads to.
  struct Way {
    const By from;
    const char* const head_stream;
    const char* const body_stream;
    const char* const control_stream;
    WebSocketFlow flow;
    std::vector<MessagePiece> pieces;  // of the last bytes read
    std::string wire;
    bool writing = false;
    std::vector<net::OneShot<bool>> waiting;  // to write
    bool close_sent = false;                  // nothing may follow
  };
  class Turn;
  class Hooks;

  static net::Awaitable<void> pump(std::shared_ptr<WebSocketTunnel> self, Way& way);
  static net::Awaitable<void> go_away(std::shared_ptr<WebSocketTunnel> self);
  net::Awaitable<void> pass_all(Way& way);
  net::Awaitable<bool> pass(Way& way);
  net::Awaitable<void> lost(Way& way, ErrorCode why);
  net::Awaitable<void> close_both(const CloseReason& reason);
  net::Awaitable<void> send_close(Way& way, const MessagePiece& close);
  net::Awaitable<Result<Content>> read(const Way& way);
  net::Awaitable<Result<void>> write(Way& way);
  net::Awaitable<Result<void>> record(const Way& way, const MessagePiece& piece);
  Result<void> encode(Way& way, const MessagePiece& piece);
  void fail(By by, Error error);
  void bear_silence(std::chrono::milliseconds most);
  void drain();
  void cut();

  const Parts parts_;
  const StreamPermit permit_;
  Way in_;   // agent to target
  Way out_;  // target to agent
  bool closing_ = false;
  WebSocketEnd end_;
  net::OneShot<bool> in_done_;
  std::optional<net::OneShot<bool>> gone_away_;  // set once the broker drains
};

}  // namespace sallyport::http
