// The agent's side of one request and its response, whatever version frames them: HTTP/1.1 now,
// one HTTP/2 stream later. The road (road.h) and the relay know only this. Used on one thread;
// shared by the coroutines of its two directions, of which either may end first when memory runs
// out.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/net/awaitable.h"
#include "core/result.h"
#include "core/session.h"
#include "protocols/http/content.h"
#include "protocols/http/message.h"

namespace sallyport::http {

// Something that can be given up from outside its own coroutine.
class Cancellable {
 public:
  virtual void cancel() = 0;

 protected:
  ~Cancellable() = default;
};

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  virtual ~Exchange() = default;

  virtual const RequestHead& request() const = 0;
  virtual std::string peer_address() const = 0;
  virtual std::string crypto() const = 0;  // empty: plain
  virtual net::Executor executor() const = 0;

  // More of the request's content; what has arrived already comes without waiting. kMalformed: the
  // framing is broken; kTimeout: silence; kClosed: the agent went away.
  virtual net::Awaitable<Result<Content>> read() = 0;
  // The same without ever waiting: no bytes and not the end when nothing has arrived.
  virtual Result<Content> read_arrived() = 0;
  virtual const Fields& request_trailers() const = 0;
  // Tells an agent that asked (RFC 9110 §10.1.1) to send its content; else does nothing.
  virtual net::Awaitable<Result<void>> send_continue() = 0;

  // The head with the content that is there already. `head.framing` says how the content's end was
  // found on the target's side; the version at hand chooses its own.
  virtual net::Awaitable<Result<void>> respond(ResponseHead head, Content first) = 0;
  virtual net::Awaitable<Result<void>> send(Content more, const Fields& trailers) = 0;
  virtual bool responded() const = 0;
  // Answers with a head that switches protocols (RFC 9110 §7.8), whose fields say to which. From
  // here on read() and send() carry bytes as they are, until the agent goes or send() says that it
  // is the end.
  virtual net::Awaitable<Result<void>> switch_protocols(ResponseHead head) = 0;
  // After that: the longest silence that read() bears, the one under way included.
  virtual void bear_silence(std::chrono::milliseconds most) = 0;
  // Cuts the exchange so that the agent cannot take what it has for the whole.
  virtual void abort() = 0;
  // The answer is complete before the request's content is: little more of it is read.
  virtual void stop_reading() = 0;

  // The exchange now works for this session, whose end closes it.
  virtual void bind(const std::shared_ptr<Session>& session) = 0;
  // While set, an agent that goes away cancels what is waited for. Null: nothing is.
  virtual void wait_for(Cancellable* awaited) = 0;
  // Called once, on this thread, when the broker drains; at once when it does so already. Null:
  // what was set is forgotten.
  virtual void when_draining(std::function<void()> action) = 0;
  // The agent went away while something was waited for.
  virtual bool abandoned() const = 0;
};

}  // namespace sallyport::http
