// How an agent's connection begins (PostgreSQL §55.2.1, §55.2.10): encryption, if it asks for it or
// begins with it, then the packet that says what it wants. Runs on the connection's thread, under
// the login's deadline.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "core/net/stream.h"
#include "core/net/tls.h"
#include "protocols/postgres/inbox.h"
#include "protocols/postgres/startup_decoder.h"

namespace sallyport::postgres {

class AgentOpening {
 public:
  // `tls` may be null: then encryption is declined.
  AgentOpening(std::unique_ptr<net::Stream> stream, std::shared_ptr<const net::TlsContext> tls)
      : stream_(std::move(stream)), tls_(std::move(tls)) {}

  // The cancel or start-up packet. An error's detail may be told to the client; kClosed: there is
  // nobody to tell.
  net::Awaitable<Result<OpeningPacket>> run();
  // The password that the client was asked for; wiped by who takes it.
  net::Awaitable<Result<std::string>> ask_password();

  // False after a TLS handshake that failed.
  bool connected() const { return stream_ != nullptr; }
  net::Stream& stream() { return *stream_; }
  std::unique_ptr<net::Stream> release() { return std::move(stream_); }
  // Bytes that came after the last packet.
  std::string_view unread() const { return inbox_.unread(); }

 private:
  net::Awaitable<Result<void>> more();
  net::Awaitable<Result<void>> begin_with_tls();
  net::Awaitable<Result<void>> answer_ssl();

  std::unique_ptr<net::Stream> stream_;
  std::shared_ptr<const net::TlsContext> tls_;  // shared with the listener
  Inbox inbox_;
};

}  // namespace sallyport::postgres
