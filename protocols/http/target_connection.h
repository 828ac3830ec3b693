// The target's side of an exchange: one upstream HTTP/1.1 connection that writes a request under
// its permit and reads the response. Holds a buffer from the head of a response to its end only.
// Used on one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/upstream.h"
#include "protocols/http/content.h"
#include "protocols/http/exchange.h"
#include "protocols/http/message.h"
#include "protocols/http/target_settings.h"

namespace sallyport::http {

class TargetConnection final : public Cancellable {
 public:
  TargetConnection(std::unique_ptr<Upstream> upstream, BufferCache& buffers,
                   const TargetTimeouts& timeouts, const Clock& clock, bool reused);

  // The encoded head with the content that is there already, in one write. `framing` is what the
  // head says of the content.
  net::Awaitable<Result<void>> send_head(const Permit& permit, std::string_view head,
                                         Framing framing, Content first, const Fields& trailers);
  net::Awaitable<Result<void>> send(const StreamPermit& permit, Content more,
                                    const Fields& trailers);

  // The final response's head; interim ones are read over (RFC 9110 §15.2: a proxy may drop those
  // it did not ask for). A 101 is the final one when it was asked for; from there on read() and
  // send() carry bytes as they are. kUnsupported: the target switched protocols unasked.
  // kUnavailable: nothing came.
  net::Awaitable<Result<ResponseHead>> read_head(std::string method, bool may_switch);
  net::Awaitable<Result<Content>> read();
  Result<Content> read_arrived();
  // The longest silence that read() bears, the one under way included.
  void bear_silence(std::chrono::milliseconds most);
  const Fields& trailers() const { return body_.trailers(); }

  // A connection that was idle before and gave no byte of a response: it was most likely just being
  // closed, and the request was not seen.
  bool went_stale() const { return reused_ && !answered_ && !cancelled_; }
  void cancel() override;
  bool cancelled() const { return cancelled_; }
  // The connection for the next request, when both messages ended cleanly; null otherwise.
  std::unique_ptr<Upstream> release_if_reusable();

 private:
  net::Awaitable<Result<void>> fill();
  void frame(Content& content, const Fields& trailers, std::string& line, std::string& tail);
  MonoTime after(std::chrono::milliseconds wait) const { return clock_.mono() + wait; }

  std::unique_ptr<Upstream> upstream_;
  const TargetTimeouts& timeouts_;
  const Clock& clock_;
  ByteBuffer buffer_;
  BodyDecoder body_{Framing::kNone, 0};
  const bool reused_;
  std::chrono::milliseconds silence_;
  bool switched_ = false;
  bool chunked_ = false;
  bool sent_all_ = false;
  bool answered_ = false;
  bool head_read_ = false;
  bool keep_alive_ = false;
  bool clean_end_ = false;
  bool cancelled_ = false;
};

}  // namespace sallyport::http
