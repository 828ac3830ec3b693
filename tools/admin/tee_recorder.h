// Tells the live tail what the recorder is told: a Recorder in front of the store's that forwards
// every call unchanged. Same threads and same promises as the one behind it.
#pragma once

#include "core/clock.h"
#include "core/recorder.h"
#include "tools/admin/tail_hub.h"

namespace sallyport::admin {

class TeeRecorder final : public Recorder {
 public:
  // All three must outlive this and every recording it opens.
  TeeRecorder(Recorder& inner, TailHub& hub, const Clock& clock)
      : inner_(inner), hub_(hub), clock_(clock) {}

  std::shared_ptr<SessionRecording> open_session(const SessionOpened& opened) override;
  Pending event(const Event& event) override { return inner_.event(event); }
  Pending login(const Login& login) override;
  Pending change(const Change& change) override { return inner_.change(change); }
  bool healthy() const override { return inner_.healthy(); }

 private:
  Recorder& inner_;
  TailHub& hub_;
  const Clock& clock_;
};

}  // namespace sallyport::admin
