#include "policy/mask/streams.h"

#include <optional>

#include "policy/mask/escapes.h"
#include "policy/mask/form_sink.h"
#include "policy/mask/json_sink.h"
#include "policy/mask/places.h"
#include "policy/mask/stream.h"

namespace sallyport::mask {
namespace {

class PlainStream final : public MaskStream {
 public:
  explicit PlainStream(SharedRules rules) : rules_(std::move(rules)), stream_(rules_->masker) {}

  void feed(std::string_view piece, std::string& out) override {
    stream_.feed(piece, out);
    masked_ += take_hits(stream_);
  }
  void finish(std::string& out) override {
    stream_.finish(out);
    masked_ += take_hits(stream_);
  }
  std::uint64_t masked() const override { return masked_; }

  static std::size_t take_hits(StreamMasker& stream) {
    const std::size_t count = stream.hits().size();
    stream.hits().clear();
    return count;
  }

 private:
  const SharedRules rules_;
  StreamMasker stream_;
  std::uint64_t masked_ = 0;
};

// A text with escapes.
template <class SinkOfFormat>
class EscapedStream final : public MaskStream {
 public:
  EscapedStream(SharedRules rules, const EscapeSyntax& syntax)
      : rules_(std::move(rules)),
        unescaper_(syntax, escapes_),
        sink_(rules_->masker, escapes_),
        stream_(rules_->masker, &sink_) {}

  void feed(std::string_view piece, std::string& out) override {
    stream_.feed(unescaper_.feed(piece), out);
    masked_ += PlainStream::take_hits(stream_);
  }
  void finish(std::string& out) override {
    stream_.feed(unescaper_.feed({}, true), out);
    stream_.finish(out);
    unescaper_.restart();
    masked_ += PlainStream::take_hits(stream_);
  }
  std::uint64_t masked() const override { return masked_; }

 private:
  const SharedRules rules_;
  std::deque<Escape> escapes_;  // of what the stream holds
  Unescaper unescaper_;
  SinkOfFormat sink_;
  StreamMasker stream_;
  std::uint64_t masked_ = 0;
};

// What pointers lead to goes first, since they are followed by names that detectors may mask.
class PlacesStream final : public MaskStream {
 public:
  explicit PlacesStream(SharedRules rules)
      : rules_(std::move(rules)),
        places_(rules_->masker, rules_->pointers),
        rest_(rules_, kJsonEscapes) {}

  void feed(std::string_view piece, std::string& out) override {
    without_places_.clear();
    places_.feed(piece, without_places_);
    rest_.feed(without_places_, out);
  }
  void finish(std::string& out) override {
    without_places_.clear();
    places_.finish(without_places_);
    rest_.feed(without_places_, out);
    rest_.finish(out);
  }
  std::uint64_t masked() const override { return places_.masked() + rest_.masked(); }

 private:
  const SharedRules rules_;
  PlaceMasker places_;
  EscapedStream<JsonSink> rest_;
  std::string without_places_;  // kept for its memory
};

}  // namespace

std::unique_ptr<MaskStream> open_plain(SharedRules rules) {
  return std::make_unique<PlainStream>(std::move(rules));
}

std::unique_ptr<MaskStream> open_json(SharedRules rules) {
  if (!rules->pointers.empty()) return std::make_unique<PlacesStream>(std::move(rules));
  return std::make_unique<EscapedStream<JsonSink>>(std::move(rules), kJsonEscapes);
}

std::unique_ptr<MaskStream> open_form(SharedRules rules) {
  return std::make_unique<EscapedStream<FormSink>>(std::move(rules), kFormEscapes);
}

}  // namespace sallyport::mask
