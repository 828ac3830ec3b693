#include "tools/admin/server.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "core/json_writer.h"
#include "protocols/http/decoder.h"
#include "protocols/http/encoder.h"
#include "tools/admin/limits.h"

namespace sallyport::admin {
namespace {

constexpr std::size_t kReadBytes = 4'096;

// Empty when a field could not be written safely, which closes the connection.
std::string reply_head(const ApiReply& reply, bool keep) {
  http::Fields fields;
  fields.add("Content-Type", reply.content_type);
  fields.add("Cache-Control", "no-store");
  for (const auto& [name, value] : reply.fields) fields.add(name, value);
  if (!keep) fields.add("Connection", "close");
  http::set_framing(fields, reply.tail ? http::Framing::kChunked : http::Framing::kLength,
                    reply.body.size());
  std::string out;
  auto written =
      http::encode_response_head(out, reply.status, http::reason_phrase(reply.status), fields);
  return written ? out : std::string();
}

}  // namespace

struct Server::Connection {
  std::unique_ptr<net::Stream> stream;
  std::string unread;
  http::HeadDecoder decoder;
};

// A request on its way in, or why it is refused.
struct Server::Incoming {
  http::RequestHead head;
  std::string body;
  std::optional<http::WireError> error;

  bool refuse(http::WireError why) {
    error = std::move(why);
    return true;
  }
};

net::Awaitable<void> Server::serve(std::unique_ptr<net::Stream> stream) {
  Connection connection{std::move(stream), {}, {}};
  while (co_await serve_one(connection)) {
  }
  connection.stream->close();
}

// True when another request may follow.
net::Awaitable<bool> Server::serve_one(Connection& connection) {
  connection.stream->set_read_deadline(clock_.mono() + kAdminIdle);
  Incoming incoming;
  bool whole = co_await read_request(connection, incoming);
  if (!whole) co_return false;
  ApiRequest request;
  if (!incoming.error) incoming.error = make_request(connection, incoming, request);
  if (!incoming.error) {
    ApiReply reply = co_await api_.handle(request);
    // It may have been a secret's value.
    OPENSSL_cleanse(request.body.data(), request.body.size());
    bool head_only = request.method == "HEAD";
    bool keep = incoming.head.keep_alive && !reply.tail;
    bool sent = co_await answer(connection, reply, keep, head_only);
    if (sent && reply.tail && !head_only) co_await follow(connection, request);
    co_return sent&& keep;
  }
  ApiReply reply = problem(incoming.error->status, http::reason_phrase(incoming.error->status),
                           incoming.error->detail);
  co_await answer(connection, reply, false, false);
  co_return false;
}

std::optional<http::WireError> Server::make_request(const Connection& connection,
                                                    Incoming& incoming, ApiRequest& request) {
  const http::Fields& fields = incoming.head.fields;
  if (fields.count("Authorization") > 1) return http::WireError{400, "Authorization is sent twice"};
  auto field = [&](std::string_view name) {
    const std::string* value = fields.find(name);
    return value != nullptr ? *value : std::string();
  };
  request.method = incoming.head.method;
  request.content_type = field("Content-Type");
  request.authorization = field("Authorization");
  request.body = std::move(incoming.body);
  request.peer = connection.stream->peer_address();
  request.uid = connection.stream->peer_uid();
  return read_target(incoming.head.target, request);
}

// False when the connection ended; a refusal is in `incoming.error`.
net::Awaitable<bool> Server::read_request(Connection& connection, Incoming& incoming) {
  connection.unread.reserve(kReadBytes);
  for (;;) {
    auto step = connection.decoder.request(connection.unread);
    if (step.error) co_return incoming.refuse(*step.error);
    if (step.done) {
      incoming.head = std::move(step.done->message);
      connection.unread.erase(0, step.done->used);
      break;
    }
    bool more = co_await fill(connection);
    if (!more) co_return false;
  }
  if (incoming.head.expect_continue) {
    bool sent = co_await send(connection, "HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) co_return false;
  }
  co_return co_await read_body(connection, incoming);
}

net::Awaitable<bool> Server::read_body(Connection& connection, Incoming& incoming) {
  http::BodyDecoder body(incoming.head.framing, incoming.head.content_length);
  // At once, so that growing leaves no copies of a secret behind.
  incoming.body.reserve(kAdminBodyBytes + kReadBytes);
  while (!body.done()) {
    http::BodyDecoder::Piece piece = body.decode(connection.unread);
    if (piece.error) co_return incoming.refuse(*piece.error);
    incoming.body += piece.data;
    OPENSSL_cleanse(connection.unread.data(), piece.used);
    connection.unread.erase(0, piece.used);
    if (incoming.body.size() > kAdminBodyBytes)
      co_return incoming.refuse({413, "the body is larger than the interface takes"});
    if (piece.used > 0 || body.done()) continue;
    bool more = co_await fill(connection);
    if (!more) co_return false;
  }
  co_return true;
}

net::Awaitable<bool> Server::fill(Connection& connection) {
  std::array<std::byte, kReadBytes> bytes;
  auto n = co_await connection.stream->read_some(bytes);
  if (!n || *n == 0) co_return false;
  connection.unread.append(reinterpret_cast<const char*>(bytes.data()), *n);
  OPENSSL_cleanse(bytes.data(), *n);
  co_return true;
}

net::Awaitable<bool> Server::send(Connection& connection, std::string bytes) {
  connection.stream->set_write_deadline(clock_.mono() + kAdminWrite);
  auto written = co_await connection.stream->write(std::string_view(bytes));
  co_return written.ok();
}

net::Awaitable<bool> Server::answer(Connection& connection, const ApiReply& reply, bool keep,
                                    bool head_only) {
  std::string bytes = reply_head(reply, keep);
  if (bytes.empty()) co_return false;
  if (!head_only && !reply.tail) bytes += reply.body;
  co_return co_await send(connection, std::move(bytes));
}

// JSON lines until the reader goes away, is too slow, or the broker stops. An empty line is a
// heartbeat.
net::Awaitable<void> Server::follow(Connection& connection, const ApiRequest& request) {
  TailHub::Subscription subscription(hub_);
  for (;;) {
    std::vector<TailHub::Line> lines = co_await subscription.next();
    std::string over = subscription.why();
    // A reload may have taken the right away, or the token has ended.
    if (!lines.empty() && !api_.still_allowed(request)) {
      lines.clear();
      over = "the caller may not read sessions any more";
    }
    std::string bytes;
    for (const TailHub::Line& line : lines) http::encode_chunk(bytes, *line + '\n');
    if (lines.empty()) {
      std::string notice;
      JsonWriter(notice).begin_object().text("kind", "end").text("reason", over).end_object();
      http::encode_chunk(bytes, notice + '\n');
      http::Fields no_trailers;
      auto ended = http::encode_last_chunk(bytes, no_trailers);
      if (!ended) co_return;
    }
    bool sent = co_await send(connection, std::move(bytes));
    if (!sent || lines.empty()) co_return;
  }
}

}  // namespace sallyport::admin
