// What a target says of its catalog: whatever a hostile one answers, there is a catalog, or an
// error, and statements can be judged with it.
#include <cstdint>

#include "protocols/postgres/catalog_answer.h"
#include "protocols/postgres/sql/reader.h"
#include "tests/postgres/transcript.h"

using namespace sallyport::postgres;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CatalogAnswer answer;
  static_cast<void>(answer.take(bytes));
  // The same bytes as definitions, one in each line.
  sql::CatalogBuilder builder;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    builder.add(bytes.substr(at, end - at));
    at = end + 1;
  }
  for (const auto& catalog : {answer.build([] { return true; }), std::move(builder).finish()}) {
    const sql::SessionState state(catalog->search_path());
    for (const char* text : {"SELECT * FROM t", "SELECT a, f(v) FROM v", "TABLE s.t"})
      static_cast<void>(sql::read_sql(text, *catalog, state));
  }
  return 0;
}
