#include "policy/mask/scanner.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "policy/mask/anchors.h"
#include "policy/mask/limits.h"
#include "policy/mask/verify.h"

namespace sallyport::mask {
namespace {

struct Verifier {
  Detector detector;
  Span (*find)(Text&, std::size_t);
};

// In the order of Anchor.
constexpr std::array<Verifier, kAnchors> kVerifiers{{
    {Detector::kCard, find_card},
    {Detector::kSsn, find_ssn},
    {Detector::kSsn, find_bare_ssn},
    {Detector::kEmail, find_email},
    {Detector::kPhone, find_plus_phone},
    {Detector::kPhone, find_phone},
    {Detector::kPhone, find_paren_phone},
    {Detector::kIban, find_iban},
    {Detector::kAwsKey, find_aws_key},
    {Detector::kAwsSecret, find_aws_secret},
    {Detector::kJwt, find_jwt},
    {Detector::kPrivateKey, find_pem},
    {Detector::kGithubToken, find_github_token},
    {Detector::kSlackToken, find_slack_token},
    {Detector::kSlackToken, find_slack_hook},
    {Detector::kIpv4, find_ipv4},
}};

// Bytes a hit may consist of before its anchor is complete; JWTs and blocks have theirs at the
// beginning. Bytes of other alphabets may be part of an e-mail address.
bool may_continue(char c) {
  return is_word(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view(" -.+'@/()").find(c) != std::string_view::npos;
}

// The first byte from which on a hit may have begun whose anchor has not come.
std::size_t tail_begin(std::string_view bytes) {
  std::size_t first = bytes.size();
  while (first > 0 && bytes.size() - first < kTailBytes && may_continue(bytes[first - 1])) --first;
  while (first < bytes.size() && bytes[first] == ' ') ++first;  // none begins with a space
  return first;
}

void verify(Text& text, std::size_t kind, std::size_t at, Findings& out) {
  const auto& [detector, find] = kVerifiers[kind];
  if (detector == Detector::kJwt && at < out.too_long_end) return;
  const Span span = find(text, at);
  if (text.take_touched()) {
    out.settled = std::min(out.settled, span.start);
    return;
  }
  if (span.end <= span.start) return;
  out.hits.push_back({static_cast<std::size_t>(detector), span.start, span.end});
  if (!span.too_long) return;
  out.too_long_end = span.end;
  if (span.end == text.size() && !text.complete())
    out.continues = detector == Detector::kJwt ? continues_jwt : continues_pem;
}

// The windows of a text; before and after it there is nothing of any class.
class Windows {
 public:
  Windows(std::string_view bytes, Classifier classify) : bytes_(bytes), classify_(classify) {}

  std::size_t count() const { return (bytes_.size() + kOwn - 1) / kOwn; }

  void read(std::size_t first, std::size_t count, Classes* out) const {
    // Those that lie in the text as a whole: all but the first, and the last one or two.
    std::size_t whole = 0;
    if (bytes_.size() >= kWindow) whole = (bytes_.size() + kBefore - kWindow) / kOwn + 1;
    for (std::size_t i = 0; i < count;) {
      const std::size_t window = first + i;
      if (window > 0 && window < whole) {
        const std::size_t run = std::min(count - i, whole - window);
        classify_(bytes_.data() + window * kOwn - kBefore, run, out + i);
        i += run;
      } else {
        read_edge(window, out + i++);
      }
    }
  }

 private:
  void read_edge(std::size_t window, Classes* out) const {
    std::array<char, kWindow> padded{};
    const std::size_t skipped = window == 0 ? kBefore : 0;
    const std::size_t from = window * kOwn + skipped - kBefore;
    const std::size_t size = std::min(kWindow - skipped, bytes_.size() - from);
    std::memcpy(padded.data() + skipped, bytes_.data() + from, size);
    classify_(padded.data(), 1, out);
  }

  std::string_view bytes_;
  Classifier classify_;
};

}  // namespace

void Findings::clear() {
  hits.clear();
  settled = 0;
  continues = nullptr;
  too_long_end = 0;
}

Scanner::Scanner(DetectorSet detectors, Classifier classifier)
    : detectors_(detectors), classify_(classifier) {}

void Scanner::scan(std::string_view bytes, std::size_t first_anchor, bool complete,
                   Findings& findings) const {
  constexpr std::size_t kBatch = 32;
  Text text(bytes, complete);
  findings.settled = complete ? bytes.size() : tail_begin(bytes);
  std::array<bool, kAnchors> enabled{};
  for (std::size_t kind = 0; kind < kAnchors; ++kind)
    enabled[kind] = detectors_.has(kVerifiers[kind].detector);
  const Windows windows(bytes, classify_);
  std::array<Classes, kBatch> classes;
  for (std::size_t first = first_anchor / kOwn; first < windows.count(); first += kBatch) {
    const std::size_t count = std::min(kBatch, windows.count() - first);
    windows.read(first, count, classes.data());
    for (std::size_t i = 0; i < count; ++i) {
      const AnchorMasks anchors = find_anchors(classes[i]);
      if (anchors.any == 0) continue;
      const std::size_t base = (first + i) * kOwn;
      for (std::size_t kind = 0; kind < kAnchors; ++kind) {
        if (!enabled[kind]) continue;
        for (std::uint64_t mask = anchors.of[kind]; mask != 0; mask &= mask - 1) {
          const std::size_t at = base + static_cast<std::size_t>(std::countr_zero(mask)) - kBefore;
          if (at >= first_anchor) verify(text, kind, at, findings);
        }
      }
    }
  }
}

void resolve(std::vector<Entity>& hits, std::size_t from) {
  std::sort(hits.begin(), hits.end(), [](const Entity& a, const Entity& b) {
    if (a.start != b.start) return a.start < b.start;
    return a.end != b.end ? a.end > b.end : a.type < b.type;
  });
  std::size_t kept = 0;
  for (Entity hit : hits) {
    hit.start = std::max(hit.start, from);
    if (hit.start >= hit.end) continue;
    from = hit.end;
    hits[kept++] = hit;
  }
  hits.resize(kept);
}

}  // namespace sallyport::mask
