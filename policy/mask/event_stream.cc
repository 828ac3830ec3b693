// text/event-stream (HTML Standard §9.2): lines that end in CR, LF or both, and a blank line that
// ends an event. Each event is a text of its own, held until its blank line is there. Its data
// lines are read as one; when something in them is masked they are written anew, else as they were.
#include <vector>

#include "policy/mask/json_sink.h"
#include "policy/mask/limits.h"
#include "policy/mask/streams.h"

namespace sallyport::mask {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kData = "data";
// How services end a stream of JSON; no JSON itself.
constexpr std::string_view kDone = "[DONE]";

struct Line {
  std::string_view text;
  std::string_view end;
  bool data = false;
};

std::vector<Line> split(std::string_view event) {
  std::vector<Line> lines;
  while (!event.empty()) {
    const std::size_t size = std::min(event.find_first_of("\r\n"), event.size());
    const std::size_t end = event.substr(size, 2) == "\r\n" ? 2 : event.size() > size ? 1 : 0;
    const std::string_view text = event.substr(0, size);
    lines.push_back({text, event.substr(size, end), text.substr(0, text.find(':')) == kData});
    event.remove_prefix(size + end);
  }
  return lines;
}

// What a line says behind its field's name, the colon and a space.
std::string_view value_of(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return {};
  line.remove_prefix(colon + 1);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_json_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_json_space(text.back())) text.remove_suffix(1);
  return text;
}

class EventStream final : public MaskStream {
 public:
  explicit EventStream(const SharedRules& rules)
      : rules_(rules), plain_(open_plain(rules)), json_(open_json(rules)) {
    Pointers::Target target;
    whole_ = rules->pointers.ends(rules->pointers.all(), 0, target);
  }

  void feed(std::string_view piece, std::string& out) override;
  void finish(std::string& out) override;
  std::uint64_t masked() const override { return plain_->masked() + json_->masked() + dropped_; }

 private:
  void add(std::string_view bytes, std::string& out);
  void end_event(std::string& out);
  void write_event(std::string& out);
  bool reads_as_json(std::string_view data) const;

  const SharedRules rules_;
  const std::unique_ptr<MaskStream> plain_;
  const std::unique_ptr<MaskStream> json_;
  bool whole_ = false;  // a pointer leads to the whole of a text
  std::string event_;   // held
  bool first_ = true;   // event of the text
  bool blank_ = true;   // the line has nothing yet
  bool after_cr_ = false;
  bool too_long_ = false;  // more than is held
  std::uint64_t dropped_ = 0;
};

void EventStream::feed(std::string_view piece, std::string& out) {
  while (!piece.empty()) {
    const bool rest_of_end = after_cr_ && piece.front() == '\n';
    after_cr_ = false;
    if (rest_of_end) {
      // The event may have ended with the CR.
      if (event_.empty() && !too_long_) {
        out.push_back('\n');
      } else {
        add(piece.substr(0, 1), out);
      }
      piece.remove_prefix(1);
      continue;
    }
    const std::size_t size = std::min(piece.find_first_of("\r\n"), piece.size());
    blank_ = blank_ && size == 0;
    const bool ended = size < piece.size();
    add(piece.substr(0, size + (ended ? 1 : 0)), out);
    if (!ended) return;
    after_cr_ = piece[size] == '\r';
    piece.remove_prefix(size + 1);
    if (blank_) end_event(out);
    blank_ = true;
  }
}

void EventStream::finish(std::string& out) {
  end_event(out);
  first_ = blank_ = true;
  after_cr_ = false;
}

void EventStream::add(std::string_view bytes, std::string& out) {
  if (!too_long_) {
    event_.append(bytes);
    if (event_.size() <= kEventBytes) return;
    too_long_ = true;
    bytes = event_;
  }
  if (rules_->pointers.empty()) plain_->feed(bytes, out);
  event_.clear();
}

void EventStream::end_event(std::string& out) {
  if (!too_long_) {
    write_event(out);
  } else if (rules_->pointers.empty()) {
    plain_->finish(out);
  } else {
    out.append("data: ").append(kRedacted).append("\n\n");
    ++dropped_;
  }
  event_.clear();
  too_long_ = false;
  first_ = false;
}

void EventStream::write_event(std::string& out) {
  std::string_view event = event_;
  if (first_ && event.starts_with(kByteOrderMark)) {
    out.append(kByteOrderMark);
    event.remove_prefix(kByteOrderMark.size());
  }
  const std::vector<Line> lines = split(event);
  const Line* first_data = nullptr;
  std::string data;
  for (const Line& line : lines) {
    if (!line.data) continue;
    if (first_data != nullptr) data.push_back('\n');
    if (first_data == nullptr) first_data = &line;
    data.append(value_of(line.text));
  }
  const std::uint64_t before = masked();
  std::string masked_data;
  MaskStream& stream = reads_as_json(data) ? *json_ : *plain_;
  stream.feed(data, masked_data);
  stream.finish(masked_data);
  const bool anew = masked() > before;
  for (const Line& line : lines) {
    if (line.data && !anew) {
      out.append(line.text).append(line.end);
    } else if (!line.data) {
      plain_->feed(line.text, out);
      plain_->finish(out);
      out.append(line.end);
    } else if (&line == first_data) {
      // A value that was masked may have begun in one line and ended in another.
      std::string_view rest = masked_data;
      while (true) {
        const std::size_t size = std::min(rest.find('\n'), rest.size());
        out.append("data: ").append(rest.substr(0, size)).append(line.end);
        if (size == rest.size()) break;
        rest.remove_prefix(size + 1);
      }
    }
  }
}

// A pointer leads into objects and arrays only, unless it leads to the whole of a text.
bool EventStream::reads_as_json(std::string_view data) const {
  data = trimmed(data);
  if (data == kDone) return false;
  if (!rules_->pointers.empty() && (whole_ || data.find_first_of("{[") != data.npos)) return true;
  return data.starts_with('{') || data.starts_with('[') || data.starts_with('"') ||
         is_json_scalar(data);
}

}  // namespace

std::unique_ptr<MaskStream> open_events(SharedRules rules) {
  return std::make_unique<EventStream>(rules);
}

}  // namespace sallyport::mask
