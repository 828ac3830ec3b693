#include "protocols/postgres/agent_opening.h"

#include "core/net/prefixed_stream.h"
#include "protocols/postgres/decoder.h"
#include "protocols/postgres/encoder.h"

namespace sallyport::postgres {
namespace {

Error malformed(std::string what) { return {ErrorCode::kMalformed, std::move(what)}; }

}  // namespace

net::Awaitable<Result<void>> AgentOpening::more() {
  Result<std::size_t> read = co_await stream_->read_some(inbox_.room());
  if (!read) co_return read.error();
  if (*read == 0) co_return Error{ErrorCode::kClosed, "the client closed"};
  inbox_.add(*read);
  co_return Result<void>();
}

// PostgreSQL §55.2.10: such a client must name the protocol by ALPN.
net::Awaitable<Result<void>> AgentOpening::begin_with_tls() {
  if (tls_ == nullptr) co_return Error{ErrorCode::kClosed, "TLS is off"};
  std::string arrived(inbox_.unread());
  inbox_.take(arrived.size());
  auto whole = net::put_back(std::move(stream_), std::move(arrived));
  auto secured = co_await net::tls_accept(std::move(whole), std::move(tls_));
  if (!secured) co_return Error{ErrorCode::kClosed, secured.error().detail};
  stream_ = std::move(*secured);
  if (stream_->alpn() != "postgresql")
    co_return malformed("a direct TLS connection must agree on \"postgresql\" by ALPN");
  co_return Result<void>();
}

net::Awaitable<Result<void>> AgentOpening::answer_ssl() {
  if (tls_ == nullptr || !stream_->crypto().empty())
    co_return co_await stream_->write(std::string_view("N"));
  // CVE-2021-23214: what was sent in the clear must not be read as if it had come inside TLS.
  if (!inbox_.unread().empty())
    co_return Error{ErrorCode::kClosed, "bytes in the clear after an SSLRequest"};
  Result<void> sent = co_await stream_->write(std::string_view("S"));
  if (!sent) co_return sent;
  auto secured = co_await net::tls_accept(std::move(stream_), std::move(tls_));
  if (!secured) co_return Error{ErrorCode::kClosed, secured.error().detail};
  stream_ = std::move(*secured);
  co_return Result<void>();
}

net::Awaitable<Result<OpeningPacket>> AgentOpening::run() {
  bool ssl_asked = false;
  bool gss_asked = false;
  for (;;) {
    const std::string_view unread = inbox_.unread();
    if (!ssl_asked && !gss_asked && stream_->crypto().empty() && begins_tls(unread)) {
      Result<void> secured = co_await begin_with_tls();
      if (!secured) co_return secured.error();
      continue;
    }
    auto packet = decode_opening(unread);
    if (!packet) co_return packet.error();
    if (!*packet) {
      Result<void> read = co_await more();
      if (!read) co_return read.error();
      continue;
    }
    inbox_.take((*packet)->used);
    OpeningPacket& what = (*packet)->packet;
    Result<void> answered;
    if (std::holds_alternative<SslRequest>(what)) {
      if (std::exchange(ssl_asked, true)) co_return malformed("a second SSLRequest");
      answered = co_await answer_ssl();
    } else if (std::holds_alternative<GssEncRequest>(what)) {
      if (std::exchange(gss_asked, true)) co_return malformed("a second GSSENCRequest");
      answered = co_await stream_->write(std::string_view("N"));
    } else {
      co_return std::move(what);
    }
    if (!answered) co_return answered.error();
  }
}

net::Awaitable<Result<std::string>> AgentOpening::ask_password() {
  std::string request;
  encode_authentication(request, Authentication::kCleartextPassword);
  Result<void> asked = co_await stream_->write(std::string_view(request));
  if (!asked) co_return asked.error();
  MessageDecoder decoder(Direction::kFrontend);
  for (;;) {
    auto piece = decoder.next(inbox_.unread());
    if (!piece) co_return piece.error();
    if (!*piece) {
      Result<void> read = co_await more();
      if (!read) co_return read.error();
      continue;
    }
    if ((*piece)->type == frontend::kTerminate)
      co_return Error{ErrorCode::kClosed, "the client gave up"};
    FieldReader reader((*piece)->body);
    const std::string_view password = reader.text();
    if ((*piece)->type != frontend::kPassword || !reader.complete())
      co_return malformed("expected password response");
    std::string out(password);
    // The inbox keeps no copy of it.
    inbox_.wipe((*piece)->wire.size());
    co_return out;
  }
}

}  // namespace sallyport::postgres
