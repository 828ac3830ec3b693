#include "policy/mask/escapes.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "policy/mask/limits.h"

namespace sallyport::mask {
namespace {

constexpr std::size_t kUnicodeEscape = 6;  // \u0041

std::optional<unsigned> read_hex(std::string_view text) {
  unsigned value = 0;
  for (char c : text) {
    if (!is_hex(c)) return std::nullopt;
    value = value << 4 | static_cast<unsigned>(is_digit(c) ? c - '0' : to_lower(c) - 'a' + 10);
  }
  return value;
}

void set_code_point(Escape& escape, unsigned code) {
  auto put = [&escape](unsigned byte) {
    escape.decoded[escape.decoded_size++] = static_cast<char>(byte);
  };
  escape.decoded_size = 0;
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xE0 | code >> 12);
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
    }
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

EscapeRead done(Escape& escape, std::string_view text, std::size_t size) {
  escape.written_size = static_cast<std::uint8_t>(size);
  text.copy(escape.written.data(), size);
  return EscapeRead::kEscape;
}

// \u and four hexadecimal digits, at the beginning of `text`.
EscapeRead read_unit(std::string_view text, bool complete, unsigned& unit) {
  constexpr std::string_view kBegin = "\\u";
  if (text.substr(0, 2) != kBegin.substr(0, text.size())) return EscapeRead::kNone;
  const std::size_t size = std::min(text.size(), kUnicodeEscape);
  const auto value = size > 2 ? read_hex(text.substr(2, size - 2)) : std::optional<unsigned>(0);
  if (!value || (size < kUnicodeEscape && complete)) return EscapeRead::kNone;
  if (size < kUnicodeEscape) return EscapeRead::kMore;
  unit = *value;
  return EscapeRead::kEscape;
}

EscapeRead read_unicode(std::string_view text, bool complete, Escape& escape) {
  unsigned high = 0;
  const EscapeRead read = read_unit(text, complete, high);
  if (read != EscapeRead::kEscape) return read;
  set_code_point(escape, high >= 0xD800 && high < 0xE000 ? 0xFFFD : high);
  if (high < 0xD800 || high >= 0xDC00) return done(escape, text, kUnicodeEscape);
  unsigned low = 0;
  const EscapeRead next = read_unit(text.substr(kUnicodeEscape), complete, low);
  if (next == EscapeRead::kMore) return next;
  if (next == EscapeRead::kNone || low < 0xDC00 || low >= 0xE000)
    return done(escape, text, kUnicodeEscape);
  set_code_point(escape, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
  return done(escape, text, 2 * kUnicodeEscape);
}

EscapeRead read_json(std::string_view text, bool complete, Escape& escape) {
  if (text.size() < 2) return complete ? EscapeRead::kNone : EscapeRead::kMore;
  if (text[1] == 'u') return read_unicode(text, complete, escape);
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const std::size_t letter = kLetters.find(text[1]);
  if (letter == kLetters.npos) return EscapeRead::kNone;
  escape.decoded[0] = kMeanings[letter];
  escape.decoded_size = 1;
  return done(escape, text, 2);
}

EscapeRead read_form(std::string_view text, bool complete, Escape& escape) {
  escape.decoded_size = 1;
  if (text[0] == '+') {
    escape.decoded[0] = ' ';
    return done(escape, text, 1);
  }
  const auto value = read_hex(text.substr(1, 2));
  if (!value || (text.size() < 3 && complete)) return EscapeRead::kNone;
  if (text.size() < 3) return EscapeRead::kMore;
  escape.decoded[0] = static_cast<char>(*value);
  return done(escape, text, 3);
}

// A single mark is searched for as fast as memory is read.
std::size_t find_mark(std::string_view text, std::string_view marks) {
  return marks.size() == 1 ? text.find(marks.front()) : text.find_first_of(marks);
}

}  // namespace

const EscapeSyntax kJsonEscapes{"\\", read_json};
const EscapeSyntax kFormEscapes{"%+", read_form};

std::string_view Unescaper::feed(std::string_view piece, bool complete) {
  if (!kept_.empty()) {
    joined_.assign(kept_).append(piece);
    kept_.clear();
    piece = joined_;
  }
  std::size_t mark = find_mark(piece, syntax_.marks);
  if (mark == piece.npos) {
    at_ += piece.size();
    return piece;
  }
  decoded_.clear();
  for (; mark != piece.npos; mark = find_mark(piece, syntax_.marks)) {
    decoded_.append(piece.substr(0, mark));
    piece.remove_prefix(mark);
    Escape escape;
    const EscapeRead read = syntax_.read(piece, complete, escape);
    if (read == EscapeRead::kMore) break;
    if (read == EscapeRead::kNone) {
      decoded_.push_back(piece.front());
      piece.remove_prefix(1);
      continue;
    }
    escape.at = at_ + decoded_.size();
    escapes_.push_back(escape);
    decoded_.append(escape.text());
    piece.remove_prefix(escape.written_size);
  }
  if (mark == piece.npos) {
    decoded_.append(piece);
  } else {
    kept_.assign(piece);
  }
  at_ += decoded_.size();
  return decoded_;
}

// An escape of which one byte is a hit is a hit.
void EscapedSink::pass(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    if (escapes_.empty() || escapes_.front().at >= at_ + bytes.size()) {
      at_ += bytes.size();
      return text(bytes, out);
    }
    Escape& next = escapes_.front();
    if (next.at > at_) {
      const std::size_t size = next.at - at_;
      text(bytes.substr(0, size), out);
      bytes.remove_prefix(size);
      at_ += size;
    }
    const std::size_t size = std::min(bytes.size(), next.at + next.decoded_size - at_);
    bytes.remove_prefix(size);
    at_ += size;
    if (at_ < next.at + next.decoded_size) return;  // the rest of it may be a hit
    if (!next.hidden) escape(next.raw(), out);
    escapes_.pop_front();
  }
}

void EscapedSink::mask(std::size_t type, std::string_view value, std::string& out) {
  replacement_.clear();
  if (crosses_border(value.substr(0, kJwtBytes))) {
    replacement_ = kRedacted;
  } else {
    masker_.append_replacement(type, value, replacement_);
  }
  fresh_ = true;
  mask_more(value, out);
}

void EscapedSink::mask_more(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    const bool escaped = !escapes_.empty() && escapes_.front().at < at_ + bytes.size();
    std::size_t size = bytes.size();
    if (escaped) size = escapes_.front().at - std::min(escapes_.front().at, at_);
    if (escaped && size == 0) {
      Escape& next = escapes_.front();
      if (!next.hidden) hide_part(next.raw(), out);
      next.hidden = true;
      size = std::min(bytes.size(), next.at + next.decoded_size - at_);
      if (at_ + size == next.at + next.decoded_size) escapes_.pop_front();
    } else {
      const std::size_t border = find_border(bytes.substr(0, size));
      if (border == 0) {
        size = 1;
        text(bytes.substr(0, 1), out);
        fresh_ = true;
      } else {
        size = std::min(size, border);
        hide_part(bytes.substr(0, size), out);
      }
    }
    bytes.remove_prefix(size);
    at_ += size;
  }
}

void EscapedSink::hide_part(std::string_view raw, std::string& out) {
  hide(raw, replacement_, fresh_, out);
  fresh_ = false;
}

void EscapedSink::end(std::string& out) {
  finish(out);
  escapes_.clear();
  at_ = 0;
}

bool EscapedSink::crosses_border(std::string_view value) const {
  std::size_t done = 0;
  for (const Escape& escape : escapes_) {
    if (escape.at >= at_ + value.size()) break;
    const std::size_t from = std::max(escape.at, at_) - at_;
    if (find_border(value.substr(done, from - done)) != value.npos) return true;
    done = std::min(value.size(), escape.at + escape.decoded_size - at_);
  }
  return find_border(value.substr(done)) != value.npos;
}

}  // namespace sallyport::mask
