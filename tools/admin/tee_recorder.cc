#include "tools/admin/tee_recorder.h"

#include "core/json_writer.h"

namespace sallyport::admin {
namespace {

// The tail never stands in the way of the record: out of memory it is the tail that ends.
template <class MakeLine>
void tell(TailHub& hub, MakeLine make_line) {
  if (!hub.followed()) return;
  try {
    hub.publish(make_line());
  } catch (const std::bad_alloc&) {
    hub.lose_line();
  }
}

// Members are named like the columns of the views (INTERFACE section 6); `kind` says what happened.
class TeeRecording final : public SessionRecording {
 public:
  TeeRecording(std::shared_ptr<SessionRecording> inner, const SessionOpened& opened, TailHub& hub,
               const Clock& clock)
      : inner_(std::move(inner)),
        id_(opened.id.to_string()),
        subject_(opened.principal.subject),
        actor_(opened.principal.actor()),
        target_(opened.target),
        protocol_(opened.protocol),
        hub_(hub),
        clock_(clock) {}

  Pending intent(CommandSeq seq, const Command& command, const Decision& decision) override {
    tell(hub_, [&] { return intent_line(seq, command, decision); });
    return inner_->intent(seq, command, decision);
  }
  net::Awaitable<Result<void>> payload(CommandSeq seq, PayloadChunk chunk) override {
    return inner_->payload(seq, chunk);
  }
  Pending outcome(CommandSeq seq, const Outcome& outcome,
                  std::span<const PayloadChunk> rest) override {
    tell(hub_, [&] { return outcome_line(seq, outcome); });
    return inner_->outcome(seq, outcome, rest);
  }
  Pending close(const SessionClosed& closed) override {
    tell(hub_, [&] {
      std::string line;
      JsonWriter json(line);
      begin(json, "session_end");
      json.text("end_reason", closed.reason)
          .number("bytes_in", closed.bytes_in)
          .number("bytes_out", closed.bytes_out)
          .end_object();
      return line;
    });
    return inner_->close(closed);
  }
  bool healthy() const override { return inner_->healthy(); }

 private:
  void begin(JsonWriter& json, std::string_view kind) const {
    json.begin_object()
        .text("kind", kind)
        .text("session_id", id_)
        .text("time", iso8601(clock_.wall()))
        .text("subject", subject_)
        .text("actor", actor_)
        .text("target", target_)
        .text("protocol", protocol_);
  }

  std::string intent_line(CommandSeq seq, const Command& command, const Decision& decision) const {
    std::string line;
    JsonWriter json(line);
    begin(json, "command");
    json.number("seq", to_number(seq)).begin_array("action");
    for (std::string_view name : command.actions.names()) json.text({}, name);
    json.end_array().begin_array("objects");
    for (const Object& object : command.objects) json.text({}, object.to_string());
    json.end_array()
        .text("text", command.text)
        .text("decision", to_string(decision.verdict))
        .text("rule", decision.rule)
        .text("reason", decision.reason)
        .end_object();
    return line;
  }

  std::string outcome_line(CommandSeq seq, const Outcome& outcome) const {
    std::string line;
    JsonWriter json(line);
    begin(json, "outcome");
    auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(outcome.duration).count();
    json.number("seq", to_number(seq))
        .text("completion", to_string(outcome.completion))
        .text("status", outcome.status)
        .number("rows", outcome.rows)
        .number("bytes_in", outcome.bytes_in)
        .number("bytes_out", outcome.bytes_out)
        .number("masked", outcome.masked)
        .number("duration_ms", static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0)))
        .end_object();
    return line;
  }

  const std::shared_ptr<SessionRecording> inner_;  // shared with the store's writer
  const std::string id_;
  const std::string subject_;
  const std::string actor_;
  const std::string target_;
  const std::string protocol_;
  TailHub& hub_;
  const Clock& clock_;
};

}  // namespace

std::shared_ptr<SessionRecording> TeeRecorder::open_session(const SessionOpened& opened) {
  auto inner = inner_.open_session(opened);
  tell(hub_, [&] {
    std::string line;
    JsonWriter(line)
        .begin_object()
        .text("kind", "session")
        .text("session_id", opened.id.to_string())
        .text("time", iso8601(clock_.wall()))
        .text("issuer", opened.principal.issuer)
        .text("subject", opened.principal.subject)
        .text("actor", opened.principal.actor())
        .text("target", opened.target)
        .text("protocol", opened.protocol)
        .text("client_address", opened.client_address)
        .end_object();
    return line;
  });
  return std::make_shared<TeeRecording>(std::move(inner), opened, hub_, clock_);
}

Pending TeeRecorder::login(const Login& login) {
  if (login.accepted) return inner_.login(login);
  tell(hub_, [&] {
    std::string line;
    JsonWriter(line)
        .begin_object()
        .text("kind", "login")
        .text("time", iso8601(clock_.wall()))
        .text("protocol", login.protocol)
        .text("client_address", login.client_address)
        .text("issuer", login.issuer)
        .text("subject", login.subject)
        .text("outcome", "refused")
        .text("reason", login.reason)
        .end_object();
    return line;
  });
  return inner_.login(login);
}

}  // namespace sallyport::admin
