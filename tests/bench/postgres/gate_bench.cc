// What the gate costs for one SQL statement, without the disk: the text read into facts, and the
// decision of a policy with 20 rules. Prints microseconds of CPU and heap allocations, the median
// and the best of several rounds; run it on a quiet machine.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>

#include "policy/compile.h"
#include "protocols/postgres/sql/commands.h"
#include "protocols/postgres/sql/schema_file.h"
#include "protocols/postgres/sql/text_cache.h"

namespace {
std::atomic<long> allocations{0};
}

// The parser's own blocks come from malloc and are a few per text.
// Not inlined: GCC would warn of a pair of new and free.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace {

using namespace sallyport;
namespace sql = postgres::sql;

constexpr std::string_view kSchema =
    "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total numeric, status text, note "
    "text);"
    "CREATE TABLE customers (id int PRIMARY KEY, name text, email text, ssn text);";

struct Sample {
  const char* what;
  std::string text;
};

std::string make_policy() {
  std::string ids = "reads";
  std::string rules = "  - {id: reads, effect: allow, when: {action: read}}\n";
  for (int i = 1; i < 20; ++i) {
    ids += fmt::format(", r{}", i);
    rules += fmt::format(
        "  - {{id: r{0}, effect: deny, when: {{sql.reads: [secret{0}.*, t{0}.x]}}}}\n", i);
  }
  return fmt::format(
      "version: 1\nroles:\n  - {{name: a, groups: [agents], targets: ['*'], rules: "
      "[{}]}}\nrules:\n{}",
      ids, rules);
}

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

template <class Once>
void measure(const char* what, const char* how, int times, Once once) {
  constexpr int kRounds = 15;
  std::vector<double> rounds;
  long blocks = 0;
  for (int round = 0; round < kRounds; ++round) {
    const long before = allocations.load();
    const double start = cpu_us();
    for (int i = 0; i < times; ++i) once();
    rounds.push_back((cpu_us() - start) / times);
    blocks = (allocations.load() - before) / times;
  }
  std::sort(rounds.begin(), rounds.end());
  std::printf("%-24s %-8s %9.2f us median %9.2f us best %5ld allocations\n", what, how,
              rounds[rounds.size() / 2], rounds.front(), blocks);
}

}  // namespace

int main() {
  config::Problems problems;
  const auto policy = policy::compile({{"bench.yaml", make_policy()}}, problems);
  const auto catalog = sql::read_schema(kSchema);
  if (policy == nullptr || !catalog) {
    std::fputs(problems.to_string().c_str(), stderr);
    return 1;
  }
  Principal principal;
  principal.issuer = "corp";
  principal.subject = "agent-7";
  principal.groups = {"agents"};
  const auto session = policy->bind(principal, "orders-db", "postgres");
  const sql::SessionState state;
  std::string values = "INSERT INTO orders VALUES (0, 1, 2, 'new', 'some note')";
  for (int i = 1; i < 1'000; ++i) values += fmt::format(", ({}, 1, 2, 'new', 'a longer note')", i);
  const Sample samples[] = {
      {"SELECT of 80 bytes",
       "SELECT id, total, status FROM orders WHERE customer_id = 4711 ORDER BY id LIMIT 10"},
      {"SELECT 1", "SELECT 1"},
      {"a join",
       "SELECT c.name, sum(o.total) FROM customers c JOIN orders o ON o.customer_id = c.id WHERE "
       "o.status = 'paid' AND c.email LIKE '%@example.com' GROUP BY c.name HAVING sum(o.total) > "
       "100 ORDER BY 2 DESC"},
      {"an INSERT of 1,000 rows", values},
  };
  for (const Sample& sample : samples) {
    const int times = sample.text.size() > 4'096 ? 20 : 5'000;
    const auto decide = [&](const std::vector<Command>& commands) {
      for (const Command& command : commands) session->decide(command, WallTime{});
    };
    measure(sample.what, "new", times, [&] {
      const sql::Reading reading = sql::read_sql(sample.text, **catalog, state);
      decide(sql::commands_of(reading, sample.text));
    });
    sql::TextCache cache;
    measure(sample.what, "again", times,
            [&] { decide(cache.read(sample.text, *catalog, state)->commands); });
  }
  return 0;
}
