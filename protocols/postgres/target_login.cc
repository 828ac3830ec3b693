#include "protocols/postgres/target_login.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>

#include "core/insist.h"
#include "core/net/prefixed_stream.h"
#include "core/net/tls.h"
#include "protocols/postgres/decoder.h"
#include "protocols/postgres/encoder.h"

namespace sallyport::postgres {
namespace {

using StreamResult = Result<std::unique_ptr<net::Stream>>;

Error malformed(std::string what) { return {ErrorCode::kMalformed, std::move(what)}; }
Error unauthenticated(std::string what) { return {ErrorCode::kUnauthenticated, std::move(what)}; }

// One byte decides. Reading exactly one keeps what a stranger put behind it out of the TLS
// connection (CVE-2021-23222).
net::Awaitable<StreamResult> secure(std::unique_ptr<net::Stream> stream,
                                    std::shared_ptr<const net::TlsContext> tls, std::string host) {
  if (tls == nullptr) co_return stream;
  std::string request;
  encode_ssl_request(request);
  Result<void> sent = co_await stream->write(std::string_view(request));
  if (!sent) co_return sent.error();
  std::array<std::byte, 1> answer{};
  Result<std::size_t> read = co_await stream->read_some(answer);
  if (!read) co_return read.error();
  if (*read == 0) co_return malformed("the server closed instead of answering about TLS");
  if (answer[0] == std::byte{'N'}) co_return unauthenticated("the server does not offer TLS");
  if (answer[0] != std::byte{'S'}) co_return malformed("the server does not speak of TLS");
  co_return co_await net::tls_connect(std::move(stream), std::move(tls), std::move(host));
}

std::string md5_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require_memory(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr) ==
                 1);
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out.push_back("0123456789abcdef"[digest[i] >> 4]);
    out.push_back("0123456789abcdef"[digest[i] & 15]);
  }
  return out;
}

// The names in a list that ends with an empty one.
bool offers(std::string_view mechanisms, std::string_view wanted) {
  FieldReader reader(mechanisms);
  for (;;) {
    const std::string_view name = reader.text();
    if (reader.failed() || name.empty()) return false;
    if (name == wanted) return true;
  }
}

std::string nonce() {
  std::string bytes(18, '\0');
  require_memory(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                            static_cast<int>(bytes.size())) == 1);
  return bytes;
}

}  // namespace

// Reads the server's messages one by one. A message stays where it is until the next one is asked
// for.
class TargetLogin::Reader {
 public:
  explicit Reader(net::Stream& stream) : stream_(stream) {}

  net::Awaitable<Result<MessageDecoder::Piece>> next() {
    held_.erase(0, std::exchange(used_, 0));
    for (;;) {
      auto piece = decoder_.next(held_);
      if (!piece) co_return piece.error();
      if (*piece) {
        if (!(*piece)->whole()) co_return malformed("a message that is too large for a login");
        used_ = (*piece)->wire.size();
        co_return **piece;
      }
      std::array<std::byte, 4096> more;
      Result<std::size_t> read = co_await stream_.read_some(more);
      if (!read) co_return read.error();
      if (*read == 0) co_return Error{ErrorCode::kClosed, "the server closed during the login"};
      held_.append(reinterpret_cast<const char*>(more.data()), *read);
    }
  }

  net::Awaitable<Result<void>> send(std::string message) {
    Result<void> sent = co_await stream_.write(std::string_view(message));
    OPENSSL_cleanse(message.data(), message.size());
    co_return sent;
  }

  net::Stream& stream() { return stream_; }
  std::string rest() { return held_.substr(used_); }

 private:
  net::Stream& stream_;
  MessageDecoder decoder_{Direction::kBackend};
  std::string held_;
  std::size_t used_ = 0;
};

net::Awaitable<StreamResult> TargetLogin::greet(std::unique_ptr<net::Stream> stream,
                                                std::shared_ptr<const net::TlsContext> tls) {
  StreamResult secured = co_await secure(std::move(stream), std::move(tls), parts_.host);
  if (!secured) co_return secured;
  Reader reader(**secured);
  Result<void> done = co_await log_in(reader);
  if (!done) co_return done.error();
  co_return net::put_back(std::move(*secured), reader.rest());
}

net::Awaitable<Result<void>> TargetLogin::log_in(Reader& reader) {
  Parameters all{{"user", parts_.settings.username}};
  all.insert(all.end(), parts_.parameters.begin(), parts_.parameters.end());
  std::string packet;
  encode_startup(packet, kProtocol30, all);
  Result<void> sent = co_await reader.send(std::move(packet));
  if (!sent) co_return sent;
  for (bool ready = false; !ready;) {
    Result<MessageDecoder::Piece> message = co_await reader.next();
    if (!message) co_return message.error();
    Result<void> noted;
    if (message->type == backend::kAuthentication) {
      noted = co_await authenticate(reader, message->body);
    } else {
      noted = note(message->type, message->body, ready);
    }
    if (!noted) co_return noted;
  }
  co_return Result<void>();
}

Result<void> TargetLogin::note(char type, std::string_view body, bool& ready) {
  switch (type) {
    case backend::kErrorResponse: {
      auto fields = read_error(body);
      if (!fields) return fields.error();
      refusal_ = *fields;
      // Class 28 is about who we are; everything else about what the server can do now.
      const bool identity = fields->sqlstate.starts_with("28");
      return Error{identity ? ErrorCode::kUnauthenticated : ErrorCode::kUnavailable,
                   "the server refuses the login: " + fields->sqlstate};
    }
    case backend::kNoticeResponse:
    case backend::kNegotiateProtocolVersion:
      return {};
    case backend::kParameterStatus: {
      auto status = read_parameter_status(body);
      if (!status) return status.error();
      status_.emplace_back(status->first, status->second);
      return {};
    }
    case backend::kBackendKeyData: {
      auto key = read_key_data(body);
      if (!key) return key.error();
      key_ = std::move(*key);
      return {};
    }
    case backend::kReadyForQuery:
      ready = true;
      return proven_ ? Result<void>() : unauthenticated("the server asked for no login");
    default:
      return malformed("a message that does not belong into a login");
  }
}

net::Awaitable<Result<void>> TargetLogin::authenticate(Reader& reader, std::string_view request) {
  FieldReader fields(request);
  const auto kind = static_cast<Authentication>(fields.int32());
  if (fields.failed()) co_return malformed("an authentication request that does not fit");
  if (kind == Authentication::kOk) {
    proven_ = proven_ || parts_.settings.methods.none;
    if (!proven_)
      co_return unauthenticated("the server let us in without the login that is configured");
    co_return Result<void>();
  }
  if (proven_) co_return malformed("a second authentication request");
  if (kind == Authentication::kSasl) co_return co_await scram(reader, fields.rest());
  Result<std::string> answer = plain_answer(kind, fields.rest());
  if (!answer) co_return answer.error();
  proven_ = true;
  co_return co_await reader.send(std::move(*answer));
}

Result<std::string> TargetLogin::plain_answer(Authentication kind, std::string_view rest) const {
  const LoginMethods& methods = parts_.settings.methods;
  std::string out;
  if (kind == Authentication::kCleartextPassword && methods.password) {
    encode_password(out, parts_.password);
    return out;
  }
  if (kind == Authentication::kMd5Password && methods.md5 && rest.size() == 4) {
    std::string joined = std::string(parts_.password) + parts_.settings.username;
    const std::string inner = md5_hex(joined);
    OPENSSL_cleanse(joined.data(), joined.size());
    encode_password(out, "md5" + md5_hex(inner + std::string(rest)));
    return out;
  }
  return unauthenticated("the server asks for a login method that is not allowed (" +
                         std::to_string(static_cast<std::uint32_t>(kind)) +
                         "): see `methods` of the credential");
}

net::Awaitable<Result<void>> TargetLogin::scram(Reader& reader, std::string_view mechanisms) {
  if (!parts_.settings.methods.scram)
    co_return unauthenticated("the server asks for SCRAM, which `methods` does not allow");
  const std::string binding = reader.stream().channel_binding();
  const bool bind = !binding.empty() && offers(mechanisms, "SCRAM-SHA-256-PLUS");
  if (!bind && !offers(mechanisms, "SCRAM-SHA-256"))
    co_return unauthenticated("the server offers no SCRAM mechanism that we have");
  ScramClient client(nonce(), bind ? binding : std::string(), !binding.empty(), parts_.scram_keys);
  std::string message;
  encode_sasl_initial(message, client.mechanism(), client.first());
  Result<void> sent = co_await reader.send(std::move(message));
  if (!sent) co_return sent;
  for (const auto wanted : {Authentication::kSaslContinue, Authentication::kSaslFinal}) {
    Result<MessageDecoder::Piece> got = co_await reader.next();
    if (!got) co_return got.error();
    bool ready = false;
    if (got->type == backend::kErrorResponse) co_return note(got->type, got->body, ready);
    FieldReader fields(got->body);
    const bool fits = got->type == backend::kAuthentication &&
                      static_cast<Authentication>(fields.int32()) == wanted && !fields.failed();
    if (!fits) co_return malformed("not the next step of SCRAM");
    if (wanted == Authentication::kSaslFinal) {
      Result<void> verified = client.verify(fields.rest());
      proven_ = verified.ok();
      co_return verified;
    }
    Result<std::string> answer = client.answer(fields.rest(), parts_.password);
    if (!answer) co_return answer.error();
    std::string response;
    encode_sasl_response(response, *answer);
    sent = co_await reader.send(std::move(response));
    if (!sent) co_return sent;
  }
  co_return malformed("SCRAM ended before its end");
}

net::Awaitable<StreamResult> TargetCancel::greet(std::unique_ptr<net::Stream> stream,
                                                 std::shared_ptr<const net::TlsContext> tls) {
  StreamResult secured = co_await secure(std::move(stream), std::move(tls), host_);
  if (!secured) co_return secured;
  std::string packet;
  encode_cancel(packet, key_);
  Result<void> sent = co_await (*secured)->write(std::string_view(packet));
  if (!sent) co_return sent.error();
  // The server has taken it when it closes.
  std::array<std::byte, 16> ignored;
  static_cast<void>(co_await (*secured)->read_some(ignored));
  co_return secured;
}

}  // namespace sallyport::postgres
