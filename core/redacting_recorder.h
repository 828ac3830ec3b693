// The store's redactor: a Recorder in front of another that lets nothing pass as it is where
// personal data, secrets or a session's credentials may stand, whatever was decided. Redacted are
// the text of commands, their objects and attributes, payloads as streams, outcomes, and what
// events, refused logins and changes say in free text. Who did it, from where and to what is kept
// as it is, or the record would say nothing: subjects, issuers, actors, groups, addresses, ids, and
// the names of targets, rules and roles. Same threads and same promises as the one behind it, but
// for the last bytes of a payload, which wait for the verdict on them.
#pragma once

#include <memory>
#include <mutex>

#include "core/recorder.h"

namespace sallyport {

class RedactingRecorder final : public Recorder {
 public:
  // `inner` outlives this and every recording it opens.
  explicit RedactingRecorder(Recorder& inner);
  ~RedactingRecorder() override;

  // From here on, also in sessions that are open. Null: only the sessions' credentials.
  void redact_by(std::shared_ptr<const Masking> masking);

  std::shared_ptr<SessionRecording> open_session(const SessionOpened& opened) override;
  Pending event(const Event& event) override;
  Pending login(const Login& login) override;
  Pending change(const Change& change) override;
  bool healthy() const override { return inner_.healthy(); }

 private:
  class Rules;
  class Recording;

  Recorder& inner_;
  const std::shared_ptr<Rules> rules_;  // shared with the recordings
};

}  // namespace sallyport
