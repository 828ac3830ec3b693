#include <catch2/catch.hpp>
#include <thread>

#include "core/identity/digest.h"
#include "core/identity/logins.h"
#include "core/identity/principal_json.h"
#include "core/identity/tickets.h"
#include "tests/support/fakes.h"
#include "tests/support/memory_recorder.h"

namespace sallyport::identity {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

struct Bench {
  test::FakeClock clock;
  test::MemoryRecorder recorder;
  TicketBook book{recorder, clock};

  Principal agent(const std::string& subject = "agent-7") const {
    Principal p;
    p.issuer = "dev";
    p.subject = subject;
    p.actors = {"assistant"};
    p.groups = {"agents"};
    p.auth_method = "jwt";
    p.credential_id = "c0ffee";
    p.expires_at = clock.wall() + minutes(30);
    return p;
  }
  std::string ticket(TicketRequest request) {
    Result<TicketBook::Issued> issued = book.issue(std::move(request), "127.0.0.1:1");
    REQUIRE(issued);
    return issued->ticket.text;
  }
  std::string ticket() { return ticket({agent(), "", "", 1, seconds(60)}); }
  std::variant<Principal, Rejection> use(const std::string& text, const std::string& target) {
    return book.redeem(text, {"http", "127.0.0.1:1", target});
  }
  bool opens(const std::string& text, const std::string& target = "crm") {
    return std::holds_alternative<Principal>(use(text, target));
  }
  std::vector<Event> events(const std::string& type) const {
    std::vector<Event> out;
    for (const auto& record : recorder.of_kind("event"))
      if (record.event.type == type) out.push_back(record.event);
    return out;
  }
};

std::string reason(const std::variant<Principal, Rejection>& verdict) {
  const auto* rejection = std::get_if<Rejection>(&verdict);
  return rejection == nullptr ? "" : rejection->reason;
}

TEST_CASE("A ticket stands for its principal once") {
  Bench b;
  const std::string text = b.ticket();
  CHECK(text.size() == 47);
  CHECK(TicketBook::looks_like_ticket(text));
  CHECK_FALSE(TicketBook::looks_like_ticket("eyJhbGciOiJFZERTQSJ9.e30.c2ln"));
  const auto verdict = b.use(text, "crm");
  REQUIRE(std::holds_alternative<Principal>(verdict));
  const Principal& who = std::get<Principal>(verdict);
  CHECK(who.subject == "agent-7");
  CHECK(who.actors == std::vector<std::string>{"assistant"});
  CHECK(who.groups == std::vector<std::string>{"agents"});
  CHECK(who.auth_method == "ticket");
  CHECK(who.credential_id == to_hex(sha256(text)));
  CHECK(who.expires_at == b.agent().expires_at);
  CHECK(reason(b.use(text, "crm")) == "the ticket is unknown, used up or expired");
}

TEST_CASE("A ticket of several uses is good for so many and is bound to its first target") {
  Bench b;
  const std::string text = b.ticket({b.agent(), "", "", 3, seconds(60)});
  CHECK(b.opens(text));
  const auto elsewhere = b.use(text, "billing");
  CHECK(reason(elsewhere) == "the ticket is for another target");
  CHECK(std::get<Rejection>(elsewhere).subject == "agent-7");
  CHECK(b.opens(text));
  CHECK(b.opens(text));
  CHECK_FALSE(b.opens(text));
}

TEST_CASE("What is bound is bound") {
  Bench b;
  const std::string target = b.ticket({b.agent(), "crm", "", 1, seconds(60)});
  CHECK_FALSE(b.opens(target, "billing"));
  CHECK_FALSE(b.opens(target, ""));
  CHECK(std::get<Principal>(b.use(target, "crm")).bound_target == "crm");
  const std::string role = b.ticket({b.agent(), "", "reader", 2, seconds(60)});
  CHECK(std::get<Principal>(b.use(role, "billing")).bound_role == "reader");
  CHECK(std::get<Principal>(b.use(role, "crm")).bound_target.empty());
}

TEST_CASE("A ticket ends with its lifetime, or with the token it came from") {
  Bench b;
  const std::string text = b.ticket();
  b.clock.advance(seconds(59));
  const std::string late = b.ticket({b.agent(), "", "", 1, minutes(15)});
  b.clock.advance(seconds(1));
  CHECK_FALSE(b.opens(text));
  b.clock.set_wall(b.clock.wall() - minutes(10));
  CHECK_FALSE(b.opens(text));  // a clock that is set back does not prolong it
  Principal soon = b.agent();
  soon.expires_at = b.clock.wall() + seconds(5);
  const Result<TicketBook::Issued> issued = b.book.issue({soon, "", "", 1, seconds(60)}, "");
  REQUIRE(issued);
  CHECK(issued->ticket.expires_at == soon.expires_at);
  soon.expires_at = b.clock.wall();
  CHECK(b.book.issue({soon, "", "", 1, seconds(60)}, "").error().code == ErrorCode::kInvalid);
  CHECK(b.opens(late));
}

TEST_CASE("Lifetime and uses have limits") {
  Bench b;
  const auto code = [&](std::uint32_t uses, seconds lifetime) {
    return b.book.issue({b.agent(), "", "", uses, lifetime}, "").error().code;
  };
  CHECK(code(0, seconds(60)) == ErrorCode::kInvalid);
  CHECK(code(101, seconds(60)) == ErrorCode::kInvalid);
  CHECK(code(1, seconds(0)) == ErrorCode::kInvalid);
  CHECK(code(1, seconds(901)) == ErrorCode::kInvalid);
  CHECK(b.book.issue({b.agent(), "", "", 100, seconds(900)}, "").ok());
  Principal broad = b.agent();
  broad.groups.assign(200, std::string(100, 'g'));
  CHECK(b.book.issue({broad, "", "", 1, seconds(60)}, "").error().code == ErrorCode::kUnsupported);
}

TEST_CASE("One subject's outstanding tickets are bounded; expired ones make room") {
  Bench b;
  for (std::uint32_t i = 0; i < kTicketsPerSubject; ++i) b.ticket();
  CHECK(b.book.issue({b.agent(), "", "", 1, seconds(60)}, "").error().code == ErrorCode::kLimit);
  CHECK(b.book.issue({b.agent("other"), "", "", 1, seconds(60)}, "").ok());
  b.clock.advance(seconds(60));
  CHECK(b.book.issue({b.agent(), "", "", 1, seconds(60)}, "").ok());
  CHECK(b.book.outstanding() == 1);
}

TEST_CASE("Issue and use are recorded with the hash, never with the ticket") {
  Bench b;
  const std::string text = b.ticket();
  REQUIRE(b.opens(text));
  REQUIRE(b.events("ticket.issued").size() == 1);
  REQUIRE(b.events("ticket.redeemed").size() == 1);
  CHECK(b.recorder.contains(to_hex(sha256(text))));
  CHECK_FALSE(b.recorder.contains(text.substr(4)));
}

TEST_CASE("Without a store no use is spent, and a use that was refused its record gets it later") {
  Bench b;
  const std::string text = b.ticket();
  b.recorder.fail(true);
  CHECK(reason(b.use(text, "crm")) == "the audit store cannot take records");
  b.recorder.fail(false);
  b.recorder.hold(true);
  CHECK(b.opens(text));
  b.recorder.fail(true);
  b.recorder.release();
  b.book.sweep();
  b.recorder.fail(false);
  b.recorder.hold(false);
  const std::size_t before = b.events("ticket.redeemed").size();
  b.book.sweep();
  CHECK(b.events("ticket.redeemed").size() == before + 1);
  b.book.sweep();
  CHECK(b.events("ticket.redeemed").size() == before + 1);
}

TEST_CASE("A restart brings tickets back with the uses they have left") {
  Bench b;
  const std::string text = b.ticket({b.agent(), "", "", 3, seconds(60)});
  const std::string role = b.ticket({b.agent(), "", "reader", 1, seconds(60)});
  const std::vector<Event> issued = b.events("ticket.issued");
  TicketBook again(b.recorder, b.clock);
  CHECK(again.restore({issued[0].fields, 1, "crm"}));
  CHECK(again.restore({issued[1].fields, 1, ""}));
  CHECK_FALSE(again.restore({{{"ticket", "x"}}, 1, ""}));
  const auto verdict = again.redeem(text, {"http", "", "crm"});
  REQUIRE(std::holds_alternative<Principal>(verdict));
  CHECK(std::get<Principal>(verdict).groups == std::vector<std::string>{"agents"});
  CHECK(std::holds_alternative<Rejection>(again.redeem(text, {"http", "", "crm"})));
  CHECK(std::get<Principal>(again.redeem(role, {"http", "", "x"})).bound_role == "reader");
  b.clock.advance(minutes(2));
  TicketBook late(b.recorder, b.clock);
  CHECK(late.restore({issued[0].fields, 1, "crm"}));
  CHECK(late.outstanding() == 0);
}

TEST_CASE("Of many threads that use a ticket at once, as many get in as it has uses") {
  Bench b;
  const std::string text = b.ticket({b.agent(), "crm", "", 10, seconds(60)});
  std::atomic<int> in{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i)
        if (b.opens(text)) ++in;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(in == 10);
}

TEST_CASE("An identity comes back as it was written, and nothing else is taken for one") {
  Bench b;
  Principal who = b.agent("s\xC3\xBC\"\\");
  who.key_id = "k1";
  who.bound_target = "crm";
  who.bound_role = "reader";
  const Result<std::string> text = encode_principal(who);
  REQUIRE(text);
  const Result<Principal> back = decode_principal(*text);
  REQUIRE(back);
  CHECK(back->subject == who.subject);
  CHECK(back->actors == who.actors);
  CHECK(back->groups == who.groups);
  CHECK(back->key_id == "k1");
  CHECK(back->bound_target == "crm");
  CHECK(back->bound_role == "reader");
  CHECK(back->expires_at == who.expires_at);
  for (const char* bad : {"", "[]", "{}", R"({"issuer":"a","subject":"b"})",
                          R"({"issuer":"a","subject":"","expires_us":1})",
                          R"({"issuer":"a","subject":"b","expires_us":-1})",
                          R"({"issuer":"a","subject":"b","expires_us":"1"})",
                          R"({"issuer":"a","subject":"b","expires_us":1,"uid":0})",
                          R"({"issuer":"a","subject":"b","groups":"root","expires_us":1})",
                          R"({"issuer":"a","subject":"b","groups":[1],"expires_us":1})",
                          R"({"issuer":"a","subject":"b","subject":"c","expires_us":1})",
                          R"({"issuer":"a","subject":"b","expires_us":9223372036854775808})"})
    CHECK_FALSE(decode_principal(bad));
}

}  // namespace
}  // namespace sallyport::identity
