#include "protocols/postgres/decoder.h"

#include <algorithm>
#include <string>

namespace sallyport::postgres {
namespace {

constexpr std::size_t kHead = 5;

Error malformed(std::string what) { return {ErrorCode::kMalformed, std::move(what)}; }

// What a message of this type may have, and up to where it is read whole. No bound: no such type.
struct Bounds {
  std::uint32_t most = 0;
  std::uint32_t whole = 0;
};

std::optional<Bounds> frontend_bounds(char type) {
  switch (type) {
    case frontend::kQuery:
    case frontend::kParse:
    case frontend::kBind:
      return Bounds{kLargestMessage, kWholeStatement};
    case frontend::kCopyData:
    case frontend::kFunctionCall:
      return Bounds{kLargestMessage, kWholeData};
    case frontend::kPassword:
      return Bounds{kPasswordBytes, kPasswordBytes};
    case frontend::kClose:
    case frontend::kCopyDone:
    case frontend::kCopyFail:
    case frontend::kDescribe:
    case frontend::kExecute:
    case frontend::kFlush:
    case frontend::kSync:
    case frontend::kTerminate:
      return Bounds{kSmallMessage, kSmallMessage};
    default:
      return std::nullopt;
  }
}

std::optional<Bounds> backend_bounds(char type) {
  switch (type) {
    case backend::kDataRow:
      return Bounds{kLargestMessage, kWholeRow};
    case backend::kCopyData:
    case backend::kFunctionCallResponse:
      return Bounds{kLargestMessage, kWholeData};
    case backend::kAuthentication:
    case backend::kBackendKeyData:
    case backend::kBindComplete:
    case backend::kCloseComplete:
    case backend::kCommandComplete:
    case backend::kCopyBothResponse:
    case backend::kCopyDone:
    case backend::kCopyInResponse:
    case backend::kCopyOutResponse:
    case backend::kEmptyQueryResponse:
    case backend::kErrorResponse:
    case backend::kNegotiateProtocolVersion:
    case backend::kNoData:
    case backend::kNoticeResponse:
    case backend::kNotificationResponse:
    case backend::kParameterDescription:
    case backend::kParameterStatus:
    case backend::kParseComplete:
    case backend::kPortalSuspended:
    case backend::kReadyForQuery:
    case backend::kRowDescription:
      return Bounds{kWholeOther, kWholeOther};
    default:
      return std::nullopt;
  }
}

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

bool is_name(std::string_view name) { return name.size() <= kNameBytes; }

}  // namespace

Result<std::optional<MessageDecoder::Piece>> MessageDecoder::next(std::string_view unread) {
  Piece piece;
  if (left_ > 0) {
    if (unread.empty()) return std::optional<Piece>();
    piece.type = type_;
    piece.size = size_;
    piece.offset = size_ - left_;
    piece.body = unread.substr(0, left_);
    piece.wire = piece.body;
    left_ -= static_cast<std::uint32_t>(piece.body.size());
    return std::optional<Piece>(piece);
  }
  if (unread.empty()) return std::optional<Piece>();
  const char type = unread[0];
  const auto bounds =
      direction_ == Direction::kFrontend ? frontend_bounds(type) : backend_bounds(type);
  if (!bounds) return malformed("a message of no known type");
  if (unread.size() < kHead) return std::optional<Piece>();
  const std::uint32_t length = big_endian(unread.substr(1, 4));
  if (length < 4) return malformed("a message shorter than its own length");
  if (length - 4 > bounds->most)
    return Error{ErrorCode::kLimit, "a message of " + std::to_string(length) + " bytes"};
  piece.type = type;
  piece.size = length - 4;
  const bool whole = piece.size <= bounds->whole;
  const std::size_t now = whole ? piece.size : kStreamHead;
  if (unread.size() < kHead + now) return std::optional<Piece>();
  piece.body = unread.substr(kHead, now);
  piece.wire = unread.substr(0, kHead + now);
  type_ = type;
  size_ = piece.size;
  left_ = piece.size - static_cast<std::uint32_t>(now);
  return std::optional<Piece>(piece);
}

std::string_view FieldReader::bytes(std::size_t count) {
  if (failed_ || rest_.size() < count) {
    failed_ = true;
    rest_ = {};
    return {};
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::uint8_t FieldReader::byte() { return static_cast<std::uint8_t>(big_endian(bytes(1))); }
std::uint16_t FieldReader::int16() { return static_cast<std::uint16_t>(big_endian(bytes(2))); }
std::uint32_t FieldReader::int32() { return big_endian(bytes(4)); }

std::string_view FieldReader::text() {
  const std::size_t end = rest_.find('\0');
  if (failed_ || end == std::string_view::npos) {
    failed_ = true;
    rest_ = {};
    return {};
  }
  const std::string_view taken = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return taken;
}

Result<std::string_view> read_query(std::string_view body) {
  FieldReader reader(body);
  const std::string_view text = reader.text();
  if (!reader.complete()) return malformed("a Query that is not one text");
  return text;
}

Result<ParseMessage> read_parse(std::string_view body) {
  FieldReader reader(body);
  ParseMessage out;
  out.statement = reader.text();
  out.text = reader.text();
  const std::uint16_t count = reader.int16();
  if (reader.rest().size() != std::size_t{count} * 4 || !is_name(out.statement))
    return malformed("a Parse whose fields do not fit");
  out.types.reserve(count);
  for (std::uint16_t i = 0; i < count; ++i) out.types.push_back(reader.int32());
  if (!reader.complete()) return malformed("a Parse whose fields do not fit");
  return out;
}

namespace {

// PostgreSQL §55.7: none, one for all, or each; and how many values follow.
bool read_formats(FieldReader& reader, std::vector<std::uint16_t>& formats, std::uint16_t& values) {
  const std::uint16_t count = reader.int16();
  if (reader.rest().size() < std::size_t{count} * 2) return false;
  formats.reserve(count);
  for (std::uint16_t i = 0; i < count; ++i) formats.push_back(reader.int16());
  values = reader.int16();
  return !reader.failed() && (count <= 1 || count == values);
}

// Ends where the reader fails.
std::vector<BoundValue> read_value_list(FieldReader& reader,
                                        const std::vector<std::uint16_t>& formats,
                                        std::uint16_t count) {
  std::vector<BoundValue> out;
  for (std::uint16_t i = 0; i < count && !reader.failed(); ++i) {
    BoundValue value;
    if (!formats.empty()) value.format = formats[formats.size() == 1 ? 0 : i];
    const std::uint32_t size = reader.int32();
    if (size != 0xffff'ffff) value.bytes = reader.bytes(size);
    out.push_back(value);
  }
  return out;
}

}  // namespace

Result<BindMessage> read_bind(std::string_view body, bool whole) {
  FieldReader reader(body);
  BindMessage out;
  out.portal = reader.text();
  out.statement = reader.text();
  if (!read_formats(reader, out.formats, out.value_count))
    return malformed("a Bind whose formats do not fit");
  out.values = reader.rest();
  if (reader.failed() || !is_name(out.portal) || !is_name(out.statement))
    return malformed("a Bind whose fields do not fit");
  if (whole) {
    auto values = read_values(out);
    if (!values) return values.error();
  }
  return out;
}

Result<std::vector<BoundValue>> read_values(const BindMessage& bind) {
  FieldReader reader(bind.values);
  std::vector<BoundValue> out = read_value_list(reader, bind.formats, bind.value_count);
  const std::uint16_t results = reader.int16();
  reader.bytes(std::size_t{results} * 2);
  if (!reader.complete()) return malformed("a Bind whose values do not fit");
  return out;
}

Result<FunctionCallMessage> read_function_call(std::string_view body) {
  FieldReader reader(body);
  FunctionCallMessage out;
  out.function = reader.int32();
  out.arguments = reader.rest();
  std::vector<std::uint16_t> formats;
  std::uint16_t count = 0;
  if (!read_formats(reader, formats, count))
    return malformed("a FunctionCall whose formats do not fit");
  out.values = read_value_list(reader, formats, count);
  reader.int16();  // the format of its result
  if (!reader.complete()) return malformed("a FunctionCall whose arguments do not fit");
  return out;
}

std::vector<std::uint16_t> read_result_formats(const BindMessage& bind) {
  FieldReader reader(bind.values);
  for (std::uint16_t i = 0; i < bind.value_count; ++i)
    if (const std::uint32_t size = reader.int32(); size != 0xffff'ffff) reader.bytes(size);
  std::vector<std::uint16_t> out(std::min<std::size_t>(reader.int16(), reader.rest().size() / 2));
  for (std::uint16_t& format : out) format = reader.int16();
  return out;
}

Result<NamedObject> read_named(std::string_view body) {
  FieldReader reader(body);
  NamedObject out;
  out.kind = static_cast<char>(reader.byte());
  out.name = reader.text();
  if (!reader.complete() || (out.kind != 'S' && out.kind != 'P') || !is_name(out.name))
    return malformed("a Describe or Close of neither a statement nor a portal");
  return out;
}

Result<ExecuteMessage> read_execute(std::string_view body) {
  FieldReader reader(body);
  ExecuteMessage out;
  out.portal = reader.text();
  out.rows = reader.int32();
  if (!reader.complete() || !is_name(out.portal)) return malformed("an Execute that does not fit");
  return out;
}

Result<std::vector<std::uint32_t>> read_parameter_description(std::string_view body) {
  FieldReader reader(body);
  const std::uint16_t count = reader.int16();
  if (reader.rest().size() != std::size_t{count} * 4)
    return malformed("a ParameterDescription that does not fit");
  std::vector<std::uint32_t> out(count);
  for (std::uint32_t& type : out) type = reader.int32();
  return out;
}

Result<std::vector<Column>> read_row_description(std::string_view body) {
  FieldReader reader(body);
  const std::uint16_t count = reader.int16();
  std::vector<Column> out;
  for (std::uint16_t i = 0; i < count && !reader.failed(); ++i) {
    Column column;
    column.name = reader.text();
    column.table = reader.int32();
    column.attribute = reader.int16();
    column.type = reader.int32();
    reader.bytes(2 + 4);  // the type's size and modifier
    column.format = reader.int16();
    out.push_back(column);
  }
  if (!reader.complete()) return malformed("a RowDescription that does not fit");
  return out;
}

std::vector<OwnColumn> to_own(const std::vector<Column>& columns) {
  std::vector<OwnColumn> out;
  out.reserve(columns.size());
  for (const Column& one : columns) out.push_back({std::string(one.name), one.type, one.format});
  return out;
}

Result<std::vector<std::optional<std::string_view>>> read_row(std::string_view body) {
  FieldReader reader(body);
  const std::uint16_t count = reader.int16();
  std::vector<std::optional<std::string_view>> out;
  for (std::uint16_t i = 0; i < count && !reader.failed(); ++i) {
    const std::uint32_t size = reader.int32();
    if (size == 0xffff'ffff) {
      out.emplace_back();
    } else {
      out.emplace_back(reader.bytes(size));
    }
  }
  if (!reader.complete()) return malformed("a DataRow that does not fit");
  return out;
}

Result<ErrorFields> read_error(std::string_view body) {
  FieldReader reader(body);
  ErrorFields out;
  std::string_view spoken;
  for (;;) {
    const char code = static_cast<char>(reader.byte());
    if (code == 0) break;
    const std::string_view value = reader.text();
    if (code == 'V') out.severity = value;  // never translated
    if (code == 'S') spoken = value;
    if (code == 'C') out.sqlstate = value;
    if (code == 'M') out.message = value;
    if (code == 'D') out.detail = value;
    if (code == 'H') out.hint = value;
  }
  if (!reader.complete()) return malformed("an ErrorResponse that does not fit");
  if (out.severity.empty()) out.severity = spoken;
  return out;
}

Result<std::pair<std::string_view, std::string_view>> read_parameter_status(std::string_view body) {
  FieldReader reader(body);
  const std::string_view name = reader.text();
  const std::string_view value = reader.text();
  if (!reader.complete()) return malformed("a ParameterStatus that does not fit");
  return std::pair(name, value);
}

Result<TransactionStatus> read_ready(std::string_view body) {
  if (body == "I") return TransactionStatus::kIdle;
  if (body == "T") return TransactionStatus::kInTransaction;
  if (body == "E") return TransactionStatus::kFailed;
  return malformed("a ReadyForQuery of no known status");
}

Result<CancelKey> read_key_data(std::string_view body) {
  FieldReader reader(body);
  CancelKey out;
  out.process = reader.int32();
  out.secret = reader.rest();
  if (reader.failed() || out.secret.size() < 4 || out.secret.size() > kCancelKeyBytes)
    return malformed("a BackendKeyData that does not fit");
  return out;
}

Result<std::string_view> read_command_tag(std::string_view body) {
  FieldReader reader(body);
  const std::string_view tag = reader.text();
  if (!reader.complete()) return malformed("a CommandComplete that does not fit");
  return tag;
}

}  // namespace sallyport::postgres
