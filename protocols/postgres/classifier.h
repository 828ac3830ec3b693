// The port between the wire and what SQL means: texts become Commands. One per session, because
// what a text means depends on what earlier ones have set. Used on the session's thread; pure.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/command.h"
#include "core/target.h"

namespace sallyport::postgres {

class Classifier {
 public:
  virtual ~Classifier() = default;
  // One Command per statement of the text, in order, and never none. Judged on the state that the
  // texts before it would leave, back to the last settle().
  virtual std::vector<Command> classify(std::string_view text) = 0;
  // The texts since the last call were sent, or none of them was.
  virtual void settle(bool sent) = 0;
  // What was sent may have been rolled back: an error, or a ROLLBACK. And: what was not is kept,
  // for no transaction is open.
  virtual void undone() = 0;
  virtual void committed() = 0;
  // The server reports a setting (ParameterStatus).
  virtual void report(std::string_view name, std::string_view value) = 0;
};

class ClassifierSource {
 public:
  virtual ~ClassifierSource() = default;
  virtual std::unique_ptr<Classifier> open(const Target& target) const = 0;
};

// A statement nobody has judged: `unknown`, which only a rule that says so lets pass.
Command unknown_command(std::string_view text);

}  // namespace sallyport::postgres
