#include "protocols/http/screen.h"

#include "protocols/http/characters.h"
#include "protocols/http/content_type.h"

namespace sallyport::http {
namespace {

constexpr std::string_view kCodings = "gzip, deflate, br";

// Digests of content that is no longer what they were made of (RFC 9530, RFC 3230, RFC 1864); also
// a way to test guesses of what was masked.
void remove_digests(Fields& fields) {
  for (std::string_view name : {"Content-MD5", "Digest", "Content-Digest", "Repr-Digest"})
    fields.remove(name);
}

// RFC 9110 §12.5.3: of what the agent takes, only what can be undone here. Without the field a
// target may send any coding.
void narrow_codings(Fields& fields) {
  std::string kept;
  for (std::string_view member : list_members(fields, "Accept-Encoding")) {
    const std::string_view name = trim(member.substr(0, member.find(';')));
    const bool any = member == "*";
    if (!any && !parse_coding(name) && !same_name(name, "identity")) continue;
    if (!kept.empty()) kept += ", ";
    kept += any ? kCodings : member;
  }
  fields.set("Accept-Encoding", kept.empty() ? "identity" : std::move(kept));
}

// A tag in a list, or alone, that ends in the mark.
bool unmark_tags(std::string& value, const std::string& mark) {
  const std::string marked = mark + "\"";
  bool found = false;
  for (std::size_t at = value.find(marked); at != std::string::npos; at = value.find(marked, at)) {
    value.erase(at, mark.size());
    found = true;
  }
  return found;
}

void unmark_conditions(const Screen& screen, Fields& fields, Asked& asked) {
  for (std::string_view name : {"If-Match", "If-None-Match", "If-Range"}) {
    const std::vector<std::string_view> lines = fields.values(name);
    if (lines.empty()) continue;
    std::string joined;
    for (std::string_view line : lines) {
      if (!joined.empty()) joined += ", ";
      joined += line;
    }
    if (!unmark_tags(joined, screen.tag_mark)) continue;
    asked.tag_unmarked = true;
    fields.set(name, std::move(joined));
  }
}

// Content that was changed is another representation, with a tag of its own (RFC 9110 §8.8.3).
void mark_tag(const Screen& screen, Fields& fields) {
  const std::string* tag = fields.find("ETag");
  if (tag == nullptr) return;
  std::string marked = *tag;
  const bool well_formed = marked.size() >= 2 && marked.back() == '"';
  if (well_formed) marked.insert(marked.size() - 1, screen.tag_mark);
  fields.remove("ETag");
  if (well_formed) fields.add("ETag", std::move(marked));
}

Error unreadable(const char* what) { return {ErrorCode::kDenied, what}; }

// The head is of content that the plan changes.
void forget_length(ResponseHead& head) {
  remove_digests(head.fields);
  head.fields.remove("Content-Length");
  if (head.framing == Framing::kLength && head.content_length > 0) head.framing = Framing::kChunked;
}

// RFC 9110 §15.3.7, of a range that was widened.
Result<void> cut_range(const Screen& screen, const Asked& asked, ResponseHead& head,
                       ContentPlan& plan) {
  const std::string* field = head.fields.find("Content-Range");
  if (field == nullptr || head.fields.count("Content-Range") > 1)
    return Error{ErrorCode::kMalformed, "partial content without one Content-Range"};
  const std::optional<ContentRange> given = parse_content_range(*field);
  if (!given) return Error{ErrorCode::kMalformed, "a Content-Range that cannot be read"};
  Result<Cut> cut = cut_back(*given, *asked.range, screen.guard_reach);
  if (!cut) return cut.error();
  if (head.framing == Framing::kLength && head.content_length != given->last - given->first + 1)
    return Error{ErrorCode::kMalformed, "Content-Range and Content-Length disagree"};
  remove_digests(head.fields);
  head.framing = Framing::kLength;
  head.content_length = cut->keep;
  if (cut->keep == 0) {
    head.status = 416;
    head.reason = "Range Not Satisfiable";
    head.fields.remove("Content-Type");
    head.fields.set("Content-Range", "bytes */" + std::to_string(*given->total));
  } else {
    head.fields.set("Content-Range", content_range_value(cut->shown));
  }
  plan.cut = *cut;
  return {};
}

}  // namespace

Asked screen_request(const Screen& screen, std::string_view method, Fields& fields) {
  Asked asked;
  if (!screen.active()) return asked;
  unmark_conditions(screen, fields, asked);
  narrow_codings(fields);
  fields.remove("A-IM");  // RFC 3229: the difference from an earlier answer, in a coding of its own
  if (fields.count("Range") == 0) return asked;
  if (screen.masks == nullptr && method == "GET") asked.range = single_range(fields);
  if (asked.range) {
    fields.set("Range", range_value(widened(*asked.range, screen.guard_reach)));
    // A part of coded content cannot be decoded.
    fields.set("Accept-Encoding", "identity");
  } else {
    // RFC 9110 §14.2: a range may be ignored.
    fields.remove("Range");
    fields.remove("If-Range");
  }
  return asked;
}

Result<ContentPlan> screen_answer(const Screen& screen, const Asked& asked, ResponseHead& head) {
  ContentPlan plan;
  if (!screen.active()) return plan;
  const bool has_content = head.framing != Framing::kNone &&
                           (head.framing != Framing::kLength || head.content_length > 0);
  const std::optional<std::vector<Coding>> codings = read_codings(head.fields);
  if (screen.masks != nullptr) {
    plan.format = text_format(head.fields);
    const bool covered = plan.format && screen.masks->covers(*plan.format);
    if (!codings) plan.format.reset();
    if (has_content && !screen.pass_unreadable) {
      if (head.status == 226) return unreadable("it is a difference from an earlier answer");
      if (!codings) return unreadable("its content coding is not known");
      if (!plan.format) return unreadable("its content is of a type that cannot be read");
      if (!covered) return unreadable("its content is not JSON, into which a mask points");
    }
    head.fields.remove("Accept-Ranges");
  }
  if (has_content && head.status == 206) {
    const bool coded = !codings || !codings->empty();
    if (!asked.range || coded)
      return Error{ErrorCode::kMalformed, "partial content that was not asked for"};
    if (Result<void> cut = cut_range(screen, asked, head, plan); !cut) return cut.error();
  }
  if (codings) plan.codings = *codings;
  if (!plan.codings.empty()) head.fields.remove("Content-Encoding");
  if (plan.recodes()) forget_length(head);
  if (plan.recodes() || screen.masks != nullptr || asked.tag_unmarked)
    mark_tag(screen, head.fields);
  return plan;
}

void screen_trailers(const Screen& screen, const ContentPlan& plan, Fields& trailers,
                     std::uint64_t& masked) {
  if (plan.changes()) remove_digests(trailers);
  screen_fields(screen, trailers, masked);
}

}  // namespace sallyport::http
