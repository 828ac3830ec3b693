#include "protocols/postgres/decoder.h"

#include <catch2/catch.hpp>

#include "tests/postgres/transcript.h"

using namespace sallyport;
using namespace sallyport::postgres;
using namespace std::string_literals;

namespace {

const std::string kEachFrontend =
    message('Q', "select 1\0"s) + message('P', "s\0select $1\0\0\1\0\0\0\x17"s) +
    message('B', "p\0s\0\0\1\0\1\0\1\0\0\0\4\0\0\0\7\0\0"s) + message('D', "Ss\0"s) +
    message('E', "p\0\0\0\0\0"s) + message('C', "Pp\0"s) + message('H', "") + message('S', "") +
    message('d', "1\t2\n") + message('c', "") + message('f', "no\0"s) + message('F', "\0\0\0\1"s) +
    message('p', "token\0"s) + message('X', "");
const std::string kEachBackend =
    message('R', "\0\0\0\0"s) + message('S', "TimeZone\0UTC\0"s) + message('K', "\0\0\0\1abcd"s) +
    message('Z', "I") + message('T', "\0\0"s) + message('D', "\0\0"s) +
    message('C', "SELECT 0\0"s) + message('I', "") + message('E', "SERROR\0C42601\0\0"s) +
    message('N', "\0"s) + message('A', "\0\0\0\1c\0p\0"s) + message('1', "") + message('2', "") +
    message('3', "") + message('n', "") + message('t', "\0\0"s) + message('s', "") +
    message('G', "\0\0\0"s) + message('H', "\0\0\0"s) + message('d', "x") + message('c', "") +
    message('V', "\xff\xff\xff\xff"s);

}  // namespace

TEST_CASE("Every message is the same however it is cut") {
  for (const auto& [direction, bytes] :
       {std::pair(Direction::kFrontend, kEachFrontend), {Direction::kBackend, kEachBackend}}) {
    const std::string whole = read_messages(direction, bytes);
    CHECK(whole.find('!') == std::string::npos);
    CHECK(whole.find('~') == std::string::npos);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
      REQUIRE(read_messages(direction, bytes, {cut}) == whole);
    std::vector<std::size_t> each(bytes.size());
    for (std::size_t i = 0; i < each.size(); ++i) each[i] = i;
    CHECK(read_messages(direction, bytes, each) == whole);
  }
}

TEST_CASE("Every strict prefix of a message wants more") {
  const std::string query = message('Q', "select 1\0"s);
  for (std::size_t size = 0; size < query.size(); ++size) {
    MessageDecoder decoder(Direction::kFrontend);
    auto piece = decoder.next(std::string_view(query).substr(0, size));
    REQUIRE(piece.ok());
    CHECK_FALSE(piece->has_value());
  }
}

TEST_CASE("A message of no known type ends the connection") {
  CHECK(read_messages(Direction::kFrontend, message('Z', "I")) == "!malformed");
  CHECK(read_messages(Direction::kBackend, message('Q', "\0"s)) == "!malformed");
  CHECK(read_messages(Direction::kFrontend, "Q\0\0\0\3"s) == "!malformed");
}

TEST_CASE("Each bound holds at its value and not one byte above") {
  const auto decodes = [](char type, std::size_t size) {
    return read_messages(Direction::kFrontend, message(type, std::string(size, 'x'))).find('!') ==
           std::string::npos;
  };
  CHECK(decodes('E', kSmallMessage));
  CHECK_FALSE(decodes('E', kSmallMessage + 1));
  CHECK(decodes('p', kPasswordBytes));
  CHECK_FALSE(decodes('p', kPasswordBytes + 1));
  const auto head_alone = [](std::uint32_t body) {
    std::string head = message('d', "");
    for (int i = 0; i < 4; ++i) head[4 - i] = static_cast<char>((body + 4) >> (8 * i));
    return read_messages(Direction::kFrontend, head);
  };
  CHECK(head_alone(kLargestMessage) == "~");
  CHECK(head_alone(kLargestMessage + 1) == "!limit");
}

TEST_CASE("A large message comes in pieces, a small one whole") {
  for (const std::uint32_t size : {kWholeData, kWholeData + 1}) {
    const std::string bytes = message('d', std::string(size, 'x'));
    MessageDecoder decoder(Direction::kFrontend);
    auto piece = decoder.next(bytes);
    REQUIRE(piece.ok());
    REQUIRE(piece->has_value());
    CHECK((*piece)->whole() == (size == kWholeData));
    CHECK((*piece)->body.size() == (size == kWholeData ? size : kStreamHead));
    CHECK(decoder.in_pieces() == (size != kWholeData));
  }
}

TEST_CASE("A Bind is read with its values, formats and NULLs") {
  const std::string body = "p\0s\0\0\2\0\0\0\1\0\2\xff\xff\xff\xff\0\0\0\2ab\0\1\0\1"s;
  auto bind = read_bind(body, true);
  REQUIRE(bind.ok());
  CHECK(bind->portal == "p");
  CHECK(bind->statement == "s");
  auto values = read_values(*bind);
  REQUIRE(values.ok());
  REQUIRE(values->size() == 2);
  CHECK_FALSE((*values)[0].bytes.has_value());
  CHECK((*values)[1].bytes == "ab");
  CHECK((*values)[1].format == 1);
  CHECK(read_result_formats(*bind) == std::vector<std::uint16_t>{1});
}

TEST_CASE("Bodies that do not fit are refused") {
  CHECK_FALSE(read_query("select 1").ok());
  CHECK_FALSE(read_query("select 1\0x"s).ok());
  CHECK_FALSE(read_parse("s\0text\0\0\1"s).ok());
  CHECK_FALSE(read_parse("s\0text\0\0\0x"s).ok());
  CHECK_FALSE(
      read_bind("p\0s\0\0\3\0\0\0\0\0\0\0\2\0\0"s, true).ok());  // three formats, two values
  CHECK_FALSE(read_bind("p\0s\0\0\0\0\1\0\0\0\4ab"s, true).ok());
  CHECK_FALSE(read_bind("p\0s\0\0\0\0\1\x7f\xff\xff\xff\0\0"s, true).ok());
  CHECK_FALSE(read_named("Xs\0"s).ok());
  CHECK_FALSE(read_execute("p\0\0\0"s).ok());
  CHECK_FALSE(read_named("S" + std::string(kNameBytes + 1, 'n') + '\0').ok());
  CHECK_FALSE(read_row("\0\1\0\0\0\5abc"s).ok());
  CHECK_FALSE(read_row_description("\0\1name\0"s).ok());
  CHECK_FALSE(read_ready("X").ok());
  CHECK_FALSE(read_key_data("\0\0\0\1abc"s).ok());
  CHECK_FALSE(read_error("SERROR\0"s).ok());
}

TEST_CASE("An error's severity is the one that is not translated") {
  auto error = read_error("SFEHLER\0VERROR\0C42601\0Mnein\0\0"s);
  REQUIRE(error.ok());
  CHECK(error->severity == "ERROR");
  CHECK(error->sqlstate == "42601");
  CHECK(error->message == "nein");
}

TEST_CASE("A function call is read with its arguments, in text or binary") {
  const std::string body = "\0\0\0\x10\0\1\0\1\0\2\0\0\0\2ab\xff\xff\xff\xff\0\1"s;
  const auto call = read_function_call(body);
  REQUIRE(call.ok());
  CHECK(call->function == 16);
  REQUIRE(call->values.size() == 2);
  CHECK((call->values[0].format == 1 && call->values[0].bytes == "ab"));
  CHECK_FALSE(call->values[1].bytes.has_value());
  for (std::size_t size = 0; size < body.size(); ++size)
    CHECK_FALSE(read_function_call(std::string_view(body).substr(0, size)).ok());
  CHECK_FALSE(read_function_call(body + "x").ok());
  CHECK_FALSE(
      read_function_call("\0\0\0\x10\0\2\0\0\0\0\0\1\0\0\0\0"s).ok());  // two formats, one value
}
