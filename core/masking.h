// The port to the masking engine (implemented in policy/mask): personal data and secrets in a text
// are found and something else is put in their place. Whoever holds a text says how it is to be
// read and gets it back masked; what is masked, and with what, was decided when the Masking was
// made. A Masking is immutable and may be used from any thread; a MaskStream belongs to one text
// and one thread and keeps its Masking alive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

// How a text is to be read. Escapes are decoded before anything is looked for, and what takes a
// value's place is escaped again; all other bytes stay as they are.
enum class TextFormat : std::uint8_t {
  kPlain,        // bytes in UTF-8 or another extension of ASCII
  kJson,         // RFC 8259; several texts in a row, as in JSON lines, too
  kForm,         // application/x-www-form-urlencoded (URL Standard §5)
  kEventStream,  // text/event-stream (HTML Standard §9.2): by event, whose data may be JSON
};

class MaskStream {
 public:
  virtual ~MaskStream() = default;
  // Takes the next piece of any size and appends what is decided to `out`. What comes out in all is
  // the same however the text is cut, and no byte of a hit is released before the verdict on it.
  virtual void feed(std::string_view piece, std::string& out) = 0;
  // The text ends here: appends the rest. The next piece begins a new text.
  virtual void finish(std::string& out) = 0;
  // Values masked so far, over all texts.
  virtual std::uint64_t masked() const = 0;
};

class Masking {
 public:
  virtual ~Masking() = default;
  virtual std::unique_ptr<MaskStream> open(TextFormat format) const = 0;
  // False when something that must be masked cannot be found in such a text, such as the value of
  // a JSON pointer in one that is not JSON.
  virtual bool covers(TextFormat format) const = 0;
  // A whole text. Adds to `masked`.
  std::string apply(std::string_view text, TextFormat format = TextFormat::kPlain,
                    std::uint64_t* masked = nullptr) const;
};

// The first, then the second over what comes out of it. Either may be null, and then it is the
// other.
std::shared_ptr<const Masking> in_turn(std::shared_ptr<const Masking> first,
                                       std::shared_ptr<const Masking> second);

// Ordered by strictness: where several masks want the same value, the greatest holds.
enum class MaskStyle : std::uint8_t {
  kPartial,  // **** and the last four characters
  kHash,     // card_ and a keyed hash: the same value gives the same token
  kRedact,   // ****
};

// A column whose values are masked whatever they look like. `pattern` is schema.table.column or
// table.column, a glob in which `*` stops at dots.
struct MaskedColumn {
  std::string pattern;
  MaskStyle style = MaskStyle::kRedact;
};

// What a session's policy wants masked in everything that goes back to the agent.
struct Masks {
  // Everything below as people read it, in a fixed order: "card", "email:partial",
  // "columns:customers.salary", "json:/customers/*/salary:hash"; then "unreadable:pass" and
  // "derived:mask".
  std::vector<std::string> names;
  // Null: no detector, pattern or pointer is asked for. Shared by the sessions of the same rules.
  std::shared_ptr<const Masking> texts;
  std::vector<MaskedColumn> columns;
  // Content that cannot be read is passed as it is, and not refused.
  bool pass_unreadable = false;
  // An expression computed from a masked column is masked as a whole, and not refused.
  bool mask_derived = false;

  bool empty() const { return texts == nullptr && columns.empty(); }
};

}  // namespace sallyport
