// The port between the wire and what SQL means: texts become Commands. One per session, because
// what a text means depends on what earlier ones have set. Used on the session's thread; pure.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "core/command.h"
#include "core/target.h"
#include "protocols/postgres/live_catalog.h"
#include "protocols/postgres/statements.h"

namespace sallyport::postgres {

class Classifier {
 public:
  virtual ~Classifier() = default;
  // What takes long of the classify() of these statements, in this order, up to the next settle():
  // a job that may run on any thread. Until it has run they are `unknown`.
  virtual std::function<void()> read_ahead(
      std::vector<std::shared_ptr<const Statement>> statements) = 0;
  // One Command per statement of the text, in order, and never none. Judged on the state that the
  // texts before it would leave, back to the last settle().
  virtual std::vector<Command> classify(std::string_view text) = 0;
  // A FunctionCall message, by the number of its function.
  virtual Command function_call(std::uint32_t function) = 0;
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
  virtual std::unique_ptr<Classifier> open(const Target& target,
                                           std::shared_ptr<LiveCatalog> catalog) = 0;
};

// A statement nobody has judged: `unknown`, which only a rule that says so lets pass.
Command unknown_command(std::string_view text);

}  // namespace sallyport::postgres
