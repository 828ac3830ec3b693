// The store's redactor: personal data and credentials reach no recorder behind it, and who did what
// to what does.
#include "core/redacting_recorder.h"

#include <catch2/catch.hpp>

#include "core/secrets/echo_guard.h"
#include "policy/mask/masking.h"
#include "tests/support/memory_recorder.h"
#include "tests/support/run.h"

namespace sallyport {
namespace {

using test::Loop;
using test::MemoryRecorder;

constexpr std::string_view kMail = "bob.example@example.com";
constexpr std::string_view kCard = "4111111111111111";

std::shared_ptr<const Masking> detectors(MaskStyle style) {
  mask::Settings settings;
  settings.styles = mask::Settings::all_in(style);
  settings.key = config::SecretBytes("0123456789abcdef0123456789abcdef");
  auto masker = mask::Masker::make(std::move(settings));
  REQUIRE(masker);
  return mask::make_masking(*std::move(masker));
}

struct Fixture {
  explicit Fixture(MaskStyle style = MaskStyle::kHash) {
    recorder.redact_by(detectors(style));
    SessionOpened opened;
    opened.id = SessionId::make(1'790'000'000'000);
    opened.principal.subject = kMail;
    opened.client_address = "192.0.2.7:5000";
    session = recorder.open_session(opened);
  }

  Command intent(std::string text, std::vector<Attribute> attributes = {}) {
    Command command;
    command.objects.push_back({"path", text});
    command.text = std::move(text);
    command.attributes = std::move(attributes);
    session->intent(CommandSeq{++seq}, command, {});
    return store.of_kind("intent").back().command;
  }
  void payload(std::string_view stream, std::string_view bytes, bool end = false,
               TextFormat format = TextFormat::kPlain) {
    const PayloadChunk chunk{stream, std::as_bytes(std::span(bytes)), format, end};
    CHECK(loop.run(session->payload(CommandSeq{seq}, chunk)).ok());
  }
  std::string kept(const std::string& stream) { return store.bytes(CommandSeq{seq}, stream); }

  MemoryRecorder store;
  RedactingRecorder recorder{store};
  Loop loop;
  std::shared_ptr<SessionRecording> session;
  std::uint32_t seq = 0;
};

TEST_CASE("What a command says is kept without what is personal in it") {
  Fixture f(MaskStyle::kRedact);
  const Command kept = f.intent("GET /u/" + std::string(kMail) + "?card=" + std::string(kCard),
                                {{"http.query.mail", std::string(kMail)},
                                 {"http.query." + std::string(kMail), "1"},
                                 {"http.header.referer", "https://x/?m=bob.example@example.com"},
                                 {"http.method", "GET"}});
  CHECK(kept.text == "GET /u/****?card=****");
  CHECK(kept.objects.front().name == "GET /u/****?card=****");
  CHECK(kept.attributes[0].value == "****");
  CHECK(kept.attributes[1].name == "http.query.****");
  CHECK(kept.attributes[2].value == "https://x/?m=****");
  CHECK(kept.attributes[3].value == "GET");
  CHECK_FALSE(f.store.contains("bob.example"));
}

TEST_CASE("A value is found in a URL whatever of it is escaped") {
  Fixture f;
  const std::string token = f.intent("GET /?m=" + std::string(kMail)).text.substr(8);
  CHECK(f.intent("GET /?m=bob.example%40example.com&n=1").text == "GET /?m=" + token + "&n=1");
  CHECK(f.intent("GET /?m=%62ob.example%40Example%2Ecom").text == "GET /?m=" + token);
  CHECK(f.intent("GET /u/bob.example%40example.com/x?y=%C3%A9+z").text ==
        "GET /u/" + token + "/x?y=%C3%A9+z");
  CHECK(f.intent("GET /?card=4111+1111%201111+1111").text.starts_with("GET /?card=card_"));
  CHECK(f.intent("POST /", {{"http.header.referer", "https://x/?m=bob.example%40example.com"}})
            .attributes.front()
            .value == "https://x/?m=" + token);
  f.payload("request.head", "GET /u/bob.example%40example.com HTTP/1.1\r\n\r\n", true);
  CHECK(f.kept("request.head") == "GET /u/" + token + " HTTP/1.1\r\n\r\n");
}

TEST_CASE("Payloads are read in the format they have") {
  Fixture f(MaskStyle::kRedact);
  f.intent("POST /");
  f.payload("request.body", R"({"m":"bob\u0040example.c)", false, TextFormat::kJson);
  f.payload("request.body", R"(om","n":4111111111111111})", true, TextFormat::kJson);
  CHECK(f.kept("request.body") == R"({"m":"****","n":"****"})");
  f.payload("response.body", "m=bob%40example.com&n=1", true, TextFormat::kForm);
  CHECK(f.kept("response.body") == "m=****&n=1");
}

TEST_CASE("The same value is the same token in two commands, and another is another") {
  Fixture f;
  const std::string first = f.intent("GET /a?mail=" + std::string(kMail)).text;
  const std::string second = f.intent("DELETE /b?mail=BOB.example@Example.com").text;
  const std::string other = f.intent("GET /a?mail=eve@example.com").text;
  CHECK(first.substr(first.find('=')) == second.substr(second.find('=')));
  CHECK(first != other);
  CHECK(first.starts_with("GET /a?mail=email_"));
}

TEST_CASE(
    "A payload is redacted over the borders of its chunks, and its end comes with the outcome") {
  const std::string text = "to " + std::string(kMail) + ", card " + std::string(kCard);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Fixture f(MaskStyle::kRedact);
    f.intent("POST /");
    f.payload("request.body", std::string_view(text).substr(0, cut));
    f.payload("response.body", "clean");
    f.payload("request.body", std::string_view(text).substr(cut));
    f.session->outcome(CommandSeq{f.seq}, {});
    CHECK(f.kept("request.body") == "to ****, card ****");
    CHECK(f.kept("response.body") == "clean");
    CHECK_FALSE(f.store.contains(std::string(kCard.substr(0, 8))));
  }
}

TEST_CASE("What ends is kept at once") {
  Fixture f(MaskStyle::kRedact);
  f.intent("GET /");
  f.payload("request.head",
            "GET /u/bob.example@example.com HTTP/1.1\r\nFrom: a@example.com\r\n\r\n", true);
  CHECK(f.kept("request.head") == "GET /u/**** HTTP/1.1\r\nFrom: ****\r\n\r\n");
  f.payload("response.body", "mail: a@exam");
  f.payload("response.body", "ple.com", true);
  CHECK(f.kept("response.body") == "mail: ****");
}

TEST_CASE("A session's credentials are overwritten in all that it records") {
  Fixture f;
  f.session->guard(secrets::make_echo_guard("s3cret-value"));
  f.intent("GET /?token=s3cret%2Dvalue");
  f.payload("response.body", "{\"authorization\": \"Bearer s3cret-");
  f.payload("response.body", "value\"}");
  f.session->outcome(CommandSeq{f.seq}, {.status = "200", .detail = "czNjcmV0LXZhbHVl"});
  CHECK(f.kept("response.body") == "{\"authorization\": \"Bearer ************\"}");
  CHECK(f.store.of_kind("outcome").back().outcome.detail == "****************");
  CHECK_FALSE(f.store.contains("s3cret"));
}

TEST_CASE("What people read of events and logins is redacted, and who it was is not") {
  Fixture f(MaskStyle::kRedact);
  const std::string mail(kMail);
  f.recorder.event({"admin.call", {{"subject", mail}, {"reason", "asked by " + mail}}});
  f.recorder.event({"session.refused", {{"target", mail}, {"client_address", "192.0.2.7:1"}}});
  f.recorder.login({"http", "192.0.2.7:1", "corp", mail, false, "no role for " + mail});
  f.recorder.change({"secret", mail, "crm version 1", "for " + mail});
  const auto events = f.store.of_kind("event");
  CHECK(events[0].event.fields[0].second == mail);
  CHECK(events[0].event.fields[1].second == "asked by ****");
  CHECK(events[1].event.fields[0].second == "****");
  CHECK(events[1].event.fields[1].second == "192.0.2.7:1");
  const Login login = f.store.of_kind("login").back().login;
  CHECK(login.subject == mail);
  CHECK(login.client_address == "192.0.2.7:1");
  CHECK(login.reason == "no role for ****");
  const Change change = f.store.of_kind("change").back().change;
  CHECK(change.subject == mail);
  CHECK(change.after == "for ****");
  CHECK(f.store.of_kind("open").back().opened.principal.subject == mail);
}

TEST_CASE("New rules hold for sessions that are open, and without rules all stays as it is") {
  Fixture f;
  f.recorder.redact_by(nullptr);
  CHECK(f.intent("GET /?m=a@example.com").text == "GET /?m=a@example.com");
  f.payload("request.body", "a@example.com");
  CHECK(f.kept("request.body") == "a@example.com");
  f.recorder.redact_by(detectors(MaskStyle::kRedact));
  CHECK(f.intent("GET /?m=a@example.com").text == "GET /?m=****");
}

}  // namespace
}  // namespace sallyport
