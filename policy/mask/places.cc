#include "policy/mask/places.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/mask/escapes.h"
#include "policy/mask/json_sink.h"
#include "policy/mask/limits.h"

namespace sallyport::mask {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// What separates texts of application/json-seq (RFC 7464 §2.2).
constexpr char kRecordSeparator = '\x1E';

bool begins_scalar(char c) {
  return is_digit(c) || std::string_view("-tfnNI").find(c) != std::string_view::npos;
}

// Some programs write numbers that RFC 8259 does not have.
bool is_scalar(std::string_view text) {
  return is_json_scalar(text) || text == "NaN" || text == "Infinity" || text == "-Infinity";
}

bool ends_scalar(char c) {
  return is_json_space(c) || c == ',' || c == ']' || c == '}' || c == '{' || c == '[' || c == '"' ||
         c == ':';
}

// What the inside of a string says.
std::string unescape(std::string_view written) {
  if (written.find('\\') == written.npos) return std::string(written);
  std::deque<Escape> escapes;
  Unescaper unescaper(kJsonEscapes, escapes);
  return std::string(unescaper.feed(written, true));
}

}  // namespace

void PlaceMasker::feed(std::string_view piece, std::string& out) {
  while (!piece.empty() && state_ != State::kBroken) step(piece, out);
}

void PlaceMasker::finish(std::string& out) {
  // Of a string that does not end, nothing was released.
  if (state_ == State::kScalar) end_held(held_, out);
  if (state_ == State::kHeldString) redact(State::kTop, out);
  state_ = State::kTop;
  levels_.clear();
  held_.clear();
  name_.clear();
  escaped_ = tree_string_ = false;
  nesting_ = at_ = 0;
}

void PlaceMasker::step(std::string_view& rest, std::string& out) {
  switch (state_) {
    case State::kString:
    case State::kInName:
    case State::kHeldString:
    case State::kHiddenString:
      return in_string(rest, out);
    case State::kHiddenTree:
      return in_tree(rest);
    case State::kScalar:
      return in_scalar(rest, out);
    case State::kTop:
    case State::kValue:
    case State::kFirstValue:
    case State::kFirstName:
    case State::kName:
    case State::kColon:
    case State::kAfter: {
      const char c = rest.front();
      rest.remove_prefix(1);
      const bool mark = at_ < kByteOrderMark.size() && c == kByteOrderMark[at_];
      at_ = mark ? at_ + 1 : kByteOrderMark.size();
      if (mark || is_json_space(c) || (state_ == State::kTop && c == kRecordSeparator)) {
        out.push_back(c);
      } else {
        between(c, out);
      }
      return;
    }
    case State::kBroken:
      return;
  }
}

void PlaceMasker::between(char c, std::string& out) {
  const bool may_close =
      state_ == State::kAfter || state_ == State::kFirstValue || state_ == State::kFirstName;
  if (may_close && (c == ']' || c == '}')) return end_level(c, out);
  if (state_ == State::kTop || state_ == State::kValue || state_ == State::kFirstValue)
    return begin_value(c, out);
  if (state_ == State::kColon) {
    if (c != ':') return break_off(out);
    state_ = State::kValue;
  } else if (state_ == State::kAfter) {
    if (c != ',') return break_off(out);
    state_ = levels_.back().object ? State::kName : State::kValue;
    ++levels_.back().index;
  } else {
    if (c != '"') return break_off(out);
    held_.clear();
    state_ = State::kInName;
  }
  out.push_back(c);
}

void PlaceMasker::begin_value(char c, std::string& out) {
  if (levels_.empty()) {
    here_ = pointers_.all();
  } else if (!levels_.back().object) {
    here_ = pointers_.into_element(levels_.back().set, levels_.size() - 1, levels_.back().index);
  }
  wanted_ = pointers_.ends(here_, levels_.size(), target_);
  if (begins_scalar(c)) {
    held_.assign(1, c);
    state_ = State::kScalar;
  } else if (c == '"') {
    held_.clear();
    if (wanted_ && target_.style == MaskStyle::kRedact) return redact(State::kHiddenString, out);
    state_ = wanted_ ? State::kHeldString : State::kString;
    if (!wanted_) out.push_back(c);
  } else if (c == '{' || c == '[') {
    nesting_ = 1;
    if (wanted_ || levels_.size() == kJsonDepth) return redact(State::kHiddenTree, out);
    levels_.push_back({c == '{', here_});
    state_ = c == '{' ? State::kFirstName : State::kFirstValue;
    out.push_back(c);
  } else {
    break_off(out);
  }
}

void PlaceMasker::end_level(char c, std::string& out) {
  if (levels_.back().object != (c == '}')) return break_off(out);
  levels_.pop_back();
  out.push_back(c);
  after_value();
}

// To the quote that ends the string.
void PlaceMasker::in_string(std::string_view& rest, std::string& out) {
  std::size_t size = 0;
  bool ended = false;
  while (size < rest.size() && !ended) {
    if (!escaped_)
      while (size < rest.size() && rest[size] != '"' && rest[size] != '\\') ++size;
    if (size == rest.size()) break;
    const char c = rest[size++];
    ended = c == '"' && !escaped_;
    escaped_ = c == '\\' && !escaped_;
  }
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(size);
  if (state_ == State::kString || state_ == State::kInName) out.append(taken);
  // An escape has at most six bytes for one: a longer name is none of a pointer's.
  const std::size_t most =
      state_ == State::kInName ? 6 * pointers_.longest_name() + 2 : kPlaceBytes + 1;
  if (state_ == State::kInName || state_ == State::kHeldString)
    held_.append(taken.substr(0, std::min(taken.size() - (ended ? 1 : 0), most - held_.size())));
  if (!ended) return;
  if (state_ == State::kInName) return end_name();
  if (state_ != State::kHeldString) return after_value();
  if (held_.size() > kPlaceBytes) return redact(levels_.empty() ? State::kTop : State::kAfter, out);
  end_held(unescape(held_), out);
}

void PlaceMasker::end_name() {
  name_ = unescape(held_);
  here_ = pointers_.into_member(levels_.back().set, levels_.size() - 1, name_);
  state_ = State::kColon;
}

// To the bracket that ends what is hidden.
void PlaceMasker::in_tree(std::string_view& rest) {
  std::size_t i = 0;
  for (; i < rest.size() && nesting_ > 0; ++i) {
    const char c = rest[i];
    if (tree_string_) {
      tree_string_ = c != '"' || escaped_;
      escaped_ = c == '\\' && !escaped_;
    } else if (c == '"') {
      tree_string_ = true;
    } else if (c == '{' || c == '[') {
      ++nesting_;
    } else if (c == '}' || c == ']') {
      --nesting_;
    }
  }
  rest.remove_prefix(i);
  if (nesting_ == 0) after_value();
}

void PlaceMasker::in_scalar(std::string_view& rest, std::string& out) {
  std::size_t size = 0;
  while (size < rest.size() && !ends_scalar(rest[size])) ++size;
  held_.append(rest.substr(0, std::min(size, kScalarBytes + 1 - held_.size())));
  const bool ended = size < rest.size();
  rest.remove_prefix(size);
  if (held_.size() > kScalarBytes) return break_off(out);
  if (ended) end_held(held_, out);
}

// A scalar is whole. `value` is what it says.
void PlaceMasker::end_held(std::string_view value, std::string& out) {
  const bool string = state_ == State::kHeldString;
  if (!string && !is_scalar(value)) return break_off(out);
  after_value();
  if (!wanted_ || (!string && value == "null")) {
    out.append(value);
    return;
  }
  std::string masked;
  masker_.append_masked(strictest(value), target_.name, value, masked);
  out += '"';
  append_json_escaped(out, masked);
  out += '"';
  ++masked_;
}

// The strictest of the pointer's style and of those of the hits in the value.
MaskStyle PlaceMasker::strictest(std::string_view value) const {
  std::string text = fmt::format("{}: ", name_.substr(0, kLookBehindBytes));
  const std::size_t begin = text.size();
  text += value;
  std::vector<Entity> hits;
  masker_.mask(text, &hits);
  MaskStyle style = target_.style;
  for (const Entity& hit : hits)
    if (hit.end > begin) style = std::max(style, masker_.style(hit.type));
  return style;
}

void PlaceMasker::redact(State next, std::string& out) {
  out += fmt::format("\"{}\"", kRedacted);
  ++masked_;
  state_ = next;
}

void PlaceMasker::break_off(std::string& out) {
  out += kRedacted;
  ++masked_;
  state_ = State::kBroken;
}

}  // namespace sallyport::mask
