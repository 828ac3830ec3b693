// Messages of both directions: no input upsets the decoder, every way to cut it gives the same
// messages, and what a body's reader accepts lies within the body.
#include <cstdint>
#include <cstdlib>

#include "protocols/postgres/values.h"
#include "tests/postgres/transcript.h"

using namespace sallyport::postgres;

namespace {

void read_body(std::string_view body) {
  static_cast<void>(read_query(body));
  static_cast<void>(read_parse(body));
  static_cast<void>(read_named(body));
  static_cast<void>(read_execute(body));
  static_cast<void>(read_error(body));
  static_cast<void>(read_parameter_status(body));
  static_cast<void>(read_key_data(body));
  static_cast<void>(read_command_tag(body));
  if (const auto bind = read_bind(body, true)) {
    const auto values = read_values(*bind);
    if (!values) std::abort();
    static_cast<void>(values_json(*values, {16, 20, 23, 700, 2950, 3802}));
    static_cast<void>(read_result_formats(*bind));
  }
  static_cast<void>(read_function_call(body));
  static_cast<void>(read_bind(body, false));
  std::vector<OwnColumn> columns;
  if (const auto described = read_row_description(body)) columns = to_own(*described);
  std::string out = columns_json(columns);
  if (const auto row = read_row(body)) append_row_json(out, *row, columns);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const Direction direction = (data[0] & 1) != 0 ? Direction::kFrontend : Direction::kBackend;
  const std::vector<std::size_t> cuts = {data[1], data[2] * std::size_t{7}};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  if (cuts[0] <= cuts[1] &&
      read_messages(direction, bytes) != read_messages(direction, bytes, cuts))
    std::abort();
  read_body(bytes);
  return 0;
}
