// What is looked for in the answers to one request, and what that asks of the heads on both ways:
// content must come in a form that can be read, and nothing may be said of it that is no longer
// true once it was changed. Pure. With nothing to look for, heads stay as they are.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/masking.h"
#include "core/result.h"
#include "protocols/http/byte_range.h"
#include "protocols/http/content_coding.h"
#include "protocols/http/limits.h"
#include "protocols/http/message.h"

namespace sallyport::http {

struct Screen {
  // Shared with the secret's other users: finds the target's credential. Null: there is none.
  std::shared_ptr<const Masking> guard;
  // Shared with the session's policy. Null: it masks nothing.
  std::shared_ptr<const Masking> masks;
  bool pass_unreadable = false;
  // Ends the entity tags of content that was changed: "-sp" and a sign of the policy's version.
  std::string tag_mark;
  // No text that the guard looks for is longer, in bytes.
  std::uint64_t guard_reach = kGuardReach;

  bool active() const { return guard != nullptr || masks != nullptr; }
};

// What the agent asked for and the target was asked differently.
struct Asked {
  std::optional<ByteRange> range;  // was widened
  bool tag_unmarked = false;       // a tag of ours became the target's own
};

Asked screen_request(const Screen& screen, std::string_view method, Fields& fields);

// How the content of one answer is passed on.
struct ContentPlan {
  std::vector<Coding> codings;       // undone first
  std::optional<TextFormat> format;  // masked when read so; else only the guard looks at it
  std::optional<Cut> cut;            // of what the guard has seen

  // Neither the length nor the bytes are those that came.
  bool recodes() const { return !codings.empty() || format.has_value(); }
  bool changes() const { return recodes() || cut.has_value(); }
};

// Changes the head to what will be true. kDenied: masks are due on content that cannot be read, and
// the detail says what to do; kMalformed: a target that answers what it was not asked. The fields'
// own values are for screen_fields().
Result<ContentPlan> screen_answer(const Screen& screen, const Asked& asked, ResponseHead& head);

// What of the names and values of a head or of trailers may not be seen. Adds to `masked`.
void screen_fields(const Screen& screen, Fields& fields, std::uint64_t& masked);
void screen_head(const Screen& screen, ResponseHead& head, std::uint64_t& masked);
// Trailers that describe content as it was before it was changed are removed, too.
void screen_trailers(const Screen& screen, const ContentPlan& plan, Fields& trailers,
                     std::uint64_t& masked);

}  // namespace sallyport::http
