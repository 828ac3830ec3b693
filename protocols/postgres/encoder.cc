#include "protocols/postgres/encoder.h"

namespace sallyport::postgres {
namespace {

void put16(std::string& out, std::uint16_t value) {
  out.push_back(static_cast<char>(value >> 8));
  out.push_back(static_cast<char>(value & 0xff));
}

void put32(std::string& out, std::uint32_t value) {
  put16(out, static_cast<std::uint16_t>(value >> 16));
  put16(out, static_cast<std::uint16_t>(value & 0xffff));
}

void put_text(std::string& out, std::string_view text) {
  out.append(text.substr(0, text.find('\0')));
  out.push_back('\0');
}

// Writes the length once the body is there.
class Message {
 public:
  Message(std::string& out, char type) : out_(out) {
    out_.push_back(type);
    begin();
  }
  // A start-up packet has no type.
  explicit Message(std::string& out) : out_(out) { begin(); }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() {
    std::string length;
    put32(length, static_cast<std::uint32_t>(out_.size() - at_));
    out_.replace(at_, 4, length);
  }

 private:
  void begin() {
    at_ = out_.size();
    out_.append(4, '\0');
  }
  std::string& out_;
  std::size_t at_ = 0;
};

void put_field(std::string& out, char code, std::string_view value) {
  if (value.empty()) return;
  out.push_back(code);
  put_text(out, value);
}

void put_fields(std::string& out, const ErrorFields& fields) {
  put_field(out, 'S', fields.severity);
  put_field(out, 'V', fields.severity);
  put_field(out, 'C', fields.sqlstate);
  put_field(out, 'M', fields.message);
  put_field(out, 'D', fields.detail);
  put_field(out, 'H', fields.hint);
  out.push_back('\0');
}

}  // namespace

void encode_authentication(std::string& out, Authentication kind) {
  const Message message(out, backend::kAuthentication);
  put32(out, static_cast<std::uint32_t>(kind));
}

void encode_parameter_status(std::string& out, std::string_view name, std::string_view value) {
  const Message message(out, backend::kParameterStatus);
  put_text(out, name);
  put_text(out, value);
}

void encode_key_data(std::string& out, const CancelKey& key) {
  const Message message(out, backend::kBackendKeyData);
  put32(out, key.process);
  out.append(key.secret);
}

void encode_ready(std::string& out, TransactionStatus status) {
  const Message message(out, backend::kReadyForQuery);
  out.push_back(static_cast<char>(status));
}

void encode_error(std::string& out, const ErrorFields& fields) {
  const Message message(out, backend::kErrorResponse);
  put_fields(out, fields);
}

void encode_notice(std::string& out, const ErrorFields& fields) {
  const Message message(out, backend::kNoticeResponse);
  put_fields(out, fields);
}

void encode_empty_query(std::string& out) { encode_bare(out, backend::kEmptyQueryResponse); }
void encode_close_complete(std::string& out) { encode_bare(out, backend::kCloseComplete); }

void encode_negotiate(std::string& out, std::uint32_t version,
                      const std::vector<std::string>& options) {
  const Message message(out, backend::kNegotiateProtocolVersion);
  put32(out, version);
  put32(out, static_cast<std::uint32_t>(options.size()));
  for (const std::string& option : options) put_text(out, option);
}

void encode_ssl_request(std::string& out) {
  const Message message(out);
  put32(out, kSslRequest);
}

void encode_cancel(std::string& out, const CancelKey& key) {
  const Message message(out);
  put32(out, kCancelRequest);
  put32(out, key.process);
  out.append(key.secret);
}

void encode_startup(std::string& out, std::uint32_t version, const Parameters& parameters) {
  const Message message(out);
  put32(out, version);
  for (const auto& [name, value] : parameters) {
    put_text(out, name);
    put_text(out, value);
  }
  out.push_back('\0');
}

void encode_password(std::string& out, std::string_view password) {
  const Message message(out, frontend::kPassword);
  put_text(out, password);
}

void encode_sasl_initial(std::string& out, std::string_view mechanism, std::string_view first) {
  const Message message(out, frontend::kPassword);
  put_text(out, mechanism);
  put32(out, static_cast<std::uint32_t>(first.size()));
  out.append(first);
}

void encode_sasl_response(std::string& out, std::string_view response) {
  const Message message(out, frontend::kPassword);
  out.append(response);
}

void encode_query(std::string& out, std::string_view text) {
  const Message message(out, frontend::kQuery);
  put_text(out, text);
}

void encode_parse(std::string& out, std::string_view statement, std::string_view text) {
  const Message message(out, frontend::kParse);
  put_text(out, statement);
  put_text(out, text);
  put16(out, 0);
}

void encode_bare(std::string& out, char type) { const Message message(out, type); }

void encode_copy_fail(std::string& out, std::string_view reason) {
  const Message message(out, frontend::kCopyFail);
  put_text(out, reason);
}

}  // namespace sallyport::postgres
