// Messages off the wire, in both directions (PostgreSQL §55.7): without I/O, the same messages for
// every chunking. A message up to its bound is given whole; a larger one as its first kStreamHead
// bytes and then in pieces of any size, so that nothing has to hold it. What is read views the
// input. An error is final: the connection is closed.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/result.h"
#include "protocols/postgres/limits.h"
#include "protocols/postgres/wire.h"

namespace sallyport::postgres {

enum class Direction { kFrontend, kBackend };

class MessageDecoder {
 public:
  explicit MessageDecoder(Direction direction) : direction_(direction) {}

  struct Piece {
    char type = 0;
    std::uint32_t size = 0;    // of the whole body
    std::uint32_t offset = 0;  // of `body` in it
    std::string_view body;
    std::string_view wire;  // the bytes as they came, with the head where the offset is 0
    bool whole() const { return offset == 0 && body.size() == size; }
    bool first() const { return offset == 0; }
    bool last() const { return offset + body.size() == size; }
  };
  // The next message or piece of `unread`, of which `wire` has to be taken off before the next
  // call. Nothing: more is needed, and `unread` has to come again, longer.
  Result<std::optional<Piece>> next(std::string_view unread);

  // Inside a message that comes in pieces.
  bool in_pieces() const { return left_ > 0; }

 private:
  const Direction direction_;
  char type_ = 0;
  std::uint32_t size_ = 0;
  std::uint32_t left_ = 0;
};

// Reads the fields of a message's body in order. After the first one that is not there, failed()
// holds and everything read is empty or zero.
class FieldReader {
 public:
  explicit FieldReader(std::string_view body) : rest_(body) {}
  std::uint8_t byte();
  std::uint16_t int16();
  std::uint32_t int32();
  std::string_view text();  // up to its NUL, which is taken as well
  std::string_view bytes(std::size_t count);
  std::string_view rest() const { return rest_; }
  bool failed() const { return failed_; }
  // Everything was there and nothing is left.
  bool complete() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

// What clients send.
struct ParseMessage {
  std::string_view statement;
  std::string_view text;
  std::vector<std::uint32_t> types;
};
// A Bind of which `values` may be only the beginning.
struct BindMessage {
  std::string_view portal;
  std::string_view statement;
  std::vector<std::uint16_t> formats;
  std::uint16_t value_count = 0;
  std::string_view values;  // from the first value's length on, result formats included
};
struct NamedObject {
  char kind = 'S';  // 'S'tatement or 'P'ortal
  std::string_view name;
};
struct ExecuteMessage {
  std::string_view portal;
  std::uint32_t rows = 0;  // 0: all
};
Result<std::string_view> read_query(std::string_view body);
Result<ParseMessage> read_parse(std::string_view body);
// `whole` is false for the first piece of a large one.
Result<BindMessage> read_bind(std::string_view body, bool whole);
Result<NamedObject> read_named(std::string_view body);  // Describe, Close
Result<ExecuteMessage> read_execute(std::string_view body);

// One value of a Bind; no `bytes` when it is NULL.
struct BoundValue {
  std::uint16_t format = 0;  // 0: text, 1: binary
  std::optional<std::string_view> bytes;
};
Result<std::vector<BoundValue>> read_values(const BindMessage& bind);
// Of a Bind whose values can be read.
std::vector<std::uint16_t> read_result_formats(const BindMessage& bind);

struct FunctionCallMessage {
  std::uint32_t function = 0;
  std::vector<BoundValue> values;
  std::string_view arguments;  // all of them with their formats, as they came
};
Result<FunctionCallMessage> read_function_call(std::string_view body);

// What servers send.
struct Column {
  std::string_view name;
  std::uint32_t table = 0;  // OID, or 0
  std::uint16_t attribute = 0;
  std::uint32_t type = 0;
  std::uint16_t format = 0;
};
// The same for keeping.
struct OwnColumn {
  std::string name;
  std::uint32_t type = 0;
  std::uint16_t format = 0;
};
Result<std::vector<std::uint32_t>> read_parameter_description(std::string_view body);
Result<std::vector<Column>> read_row_description(std::string_view body);
std::vector<OwnColumn> to_own(const std::vector<Column>& columns);
// The cells of a row; no value: NULL.
Result<std::vector<std::optional<std::string_view>>> read_row(std::string_view body);
Result<ErrorFields> read_error(std::string_view body);
Result<std::pair<std::string_view, std::string_view>> read_parameter_status(std::string_view body);
Result<TransactionStatus> read_ready(std::string_view body);
Result<CancelKey> read_key_data(std::string_view body);
Result<std::string_view> read_command_tag(std::string_view body);

}  // namespace sallyport::postgres
