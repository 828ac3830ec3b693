#include "core/redacting_recorder.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/text_redactor.h"

namespace sallyport {
namespace {

// Who, from where and to what, and what the broker itself reads again.
constexpr std::array<std::string_view, 32> kKeptFields = {
    "actor",       "address",        "bound_target", "by",
    "ca",          "client_address", "config",       "expires_us",
    "groups",      "identity",       "issuer",       "key",
    "key_id",      "operation",      "policy",       "principals",
    "protocol",    "reference",      "rule",         "serial",
    "session",     "source_address", "state",        "subject",
    "target",      "ticket",         "uses",         "uses_left",
    "valid_after", "valid_before",   "version",      "via"};

bool is_kept(const Event& event, std::string_view field) {
  // There it is what somebody asked for and did not get.
  if (field == "target" && event.type == "session.refused") return false;
  return field.starts_with("role") || std::ranges::find(kKeptFields, field) != kKeptFields.end();
}

// A copy of a value is made only when something in it is redacted.
template <class T>
class Copy {
 public:
  Copy(const T& original, TextRedactor& redactor) : original_(original), redactor_(redactor) {}
  // `member` gives the same text of the original and of a copy.
  template <class Member>
  void redact(Member member) {
    redact(member, 0);
  }
  // Without the first `from` bytes of it.
  template <class Member>
  void redact(Member member, std::size_t from) {
    const std::string* text = redactor_.redacted(std::string_view(member(get())).substr(from));
    if (text == nullptr) return;
    if (!copy_) copy_ = original_;
    member(*copy_).replace(from, std::string::npos, *text);
  }
  const T& get() const { return copy_ ? *copy_ : original_; }

 private:
  const T& original_;
  TextRedactor& redactor_;
  std::optional<T> copy_;
};

// Where in "http.query.NAME" begins what is not the broker's own; at the end of "http.method".
std::size_t theirs_in(std::string_view name) {
  const std::size_t first = name.find('.');
  const std::size_t second = first == std::string_view::npos ? first : name.find('.', first + 1);
  return second == std::string_view::npos ? name.size() : second + 1;
}

std::string_view text_of(const PayloadChunk& chunk) {
  return {reinterpret_cast<const char*>(chunk.bytes.data()), chunk.bytes.size()};
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

class RedactingRecorder::Rules {
 public:
  std::shared_ptr<const Masking> get() const {
    std::lock_guard lock(mutex_);
    return masking_;
  }
  void set(std::shared_ptr<const Masking> masking) {
    std::lock_guard lock(mutex_);
    masking_.swap(masking);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Masking> masking_;
};

class RedactingRecorder::Recording final : public SessionRecording {
 public:
  Recording(std::shared_ptr<SessionRecording> inner, std::shared_ptr<const Rules> rules)
      : inner_(std::move(inner)), rules_(std::move(rules)) {}

  Pending intent(CommandSeq seq, const Command& command, const Decision& decision) override {
    TextRedactor redactor(masking());
    Copy<Command> clean(command, redactor);
    clean.redact([](auto& c) -> auto& { return c.text; });
    for (std::size_t i = 0; i < command.objects.size(); ++i)
      clean.redact([i](auto& c) -> auto& { return c.objects[i].name; });
    for (std::size_t i = 0; i < command.attributes.size(); ++i) {
      const std::string& name = command.attributes[i].name;
      clean.redact(
          [i](auto& c) -> auto& { return c.attributes[i].name; }, theirs_in(name));
      clean.redact([i](auto& c) -> auto& { return c.attributes[i].value; });
    }
    return inner_->intent(seq, clean.get(), decision);
  }

  net::Awaitable<Result<void>> payload(CommandSeq seq, PayloadChunk chunk) override {
    std::string clean;
    redact(seq, chunk, clean);
    if (clean.empty()) co_return Result<void>();
    chunk.bytes = bytes_of(clean);
    co_return co_await inner_->payload(seq, chunk);
  }

  Pending outcome(CommandSeq seq, const Outcome& outcome,
                  std::span<const PayloadChunk> rest) override {
    TextRedactor redactor(masking());
    Copy<Outcome> clean(outcome, redactor);
    clean.redact([](auto& o) -> auto& { return o.status; });
    clean.redact([](auto& o) -> auto& { return o.detail; });
    const std::map<std::string, std::string> ends = finish(seq, rest);
    std::vector<PayloadChunk> chunks;
    for (const auto& [stream, bytes] : ends)
      if (!bytes.empty()) chunks.push_back({stream, bytes_of(bytes), TextFormat::kPlain, true});
    return inner_->outcome(seq, clean.get(), chunks);
  }

  Pending close(const SessionClosed& closed) override { return inner_->close(closed); }

  void guard(const std::shared_ptr<const Masking>& guard) override {
    std::lock_guard lock(mutex_);
    guard_ = guard;
  }

  bool healthy() const override { return inner_->healthy(); }

 private:
  using Streams = std::map<std::string, std::unique_ptr<MaskStream>, std::less<>>;

  std::shared_ptr<const Masking> masking() const {
    std::lock_guard lock(mutex_);
    return in_turn(guard_, rules_->get());
  }

  // Appends to `clean` what may be kept of the stream so far.
  void redact(CommandSeq seq, const PayloadChunk& chunk, std::string& clean) {
    const std::shared_ptr<const Masking> masking = this->masking();
    std::lock_guard lock(mutex_);
    auto running = running_.find(seq);
    const bool begun = running != running_.end() && running->second.contains(chunk.stream);
    if (!begun && masking == nullptr) {
      clean = text_of(chunk);
      return;
    }
    if (!begun && chunk.end && chunk.format == TextFormat::kPlain) {
      TextRedactor redactor(masking);
      const std::string* redacted = redactor.redacted(text_of(chunk));
      clean = redacted != nullptr ? std::string_view(*redacted) : text_of(chunk);
      return;
    }
    if (!begun) running_[seq].emplace(chunk.stream, masking->open(chunk.format));
    Streams& streams = running_[seq];
    const auto stream = streams.find(chunk.stream);
    stream->second->feed(text_of(chunk), clean);
    if (!chunk.end) return;
    stream->second->finish(clean);
    streams.erase(stream);
  }

  // What was held back of the command's streams, and `rest`.
  std::map<std::string, std::string> finish(CommandSeq seq, std::span<const PayloadChunk> rest) {
    std::map<std::string, std::string> ends;
    for (const PayloadChunk& chunk : rest) redact(seq, chunk, ends[std::string(chunk.stream)]);
    std::lock_guard lock(mutex_);
    const auto running = running_.find(seq);
    if (running == running_.end()) return ends;
    for (auto& [stream, masked] : running->second) masked->finish(ends[stream]);
    running_.erase(running);
    return ends;
  }

  const std::shared_ptr<SessionRecording> inner_;  // shared with its own coroutines
  const std::shared_ptr<const Rules> rules_;       // shared with the recorder
  mutable std::mutex mutex_;
  std::shared_ptr<const Masking> guard_;  // shared with the session
  std::map<CommandSeq, Streams> running_;
};

RedactingRecorder::RedactingRecorder(Recorder& inner)
    : inner_(inner), rules_(std::make_shared<Rules>()) {}
RedactingRecorder::~RedactingRecorder() = default;

void RedactingRecorder::redact_by(std::shared_ptr<const Masking> masking) {
  rules_->set(std::move(masking));
}

std::shared_ptr<SessionRecording> RedactingRecorder::open_session(const SessionOpened& opened) {
  auto inner = inner_.open_session(opened);
  if (inner == nullptr) return nullptr;
  return std::make_shared<Recording>(std::move(inner), rules_);
}

Pending RedactingRecorder::event(const Event& event) {
  TextRedactor redactor(rules_->get());
  Copy<Event> clean(event, redactor);
  for (std::size_t i = 0; i < event.fields.size(); ++i)
    if (!is_kept(event, event.fields[i].first))
      clean.redact([i](auto& e) -> auto& { return e.fields[i].second; });
  return inner_.event(clean.get());
}

Pending RedactingRecorder::login(const Login& login) {
  TextRedactor redactor(rules_->get());
  Copy<Login> clean(login, redactor);
  clean.redact([](auto& l) -> auto& { return l.reason; });
  return inner_.login(clean.get());
}

Pending RedactingRecorder::change(const Change& change) {
  TextRedactor redactor(rules_->get());
  Copy<Change> clean(change, redactor);
  clean.redact([](auto& c) -> auto& { return c.before; });
  clean.redact([](auto& c) -> auto& { return c.after; });
  return inner_.change(clean.get());
}

}  // namespace sallyport
