#include "protocols/http/content_coding.h"

#include <brotli/decode.h>
// The input is only read.
#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <new>

#include "protocols/http/limits.h"

namespace sallyport::http {

// One coding. `run` uses from `in`, fills `out`, and says how much of each.
class ContentDecoder::Stage {
 public:
  struct Done {
    std::size_t used = 0;
    std::size_t made = 0;
  };
  virtual ~Stage() = default;
  virtual Result<Done> run(std::string_view in, std::span<char> out) = 0;
  // Whether the content may end here.
  virtual bool complete() const = 0;
};

namespace {

Error malformed(const char* detail) { return Error{ErrorCode::kMalformed, detail}; }

// zlib's window sizes are also how it is told the form (zlib.h, inflateInit2).
constexpr int kRawForm = -15;
constexpr int kZlibForm = 15;
constexpr int kGzipForm = 15 + 16;

class Inflater final : public ContentDecoder::Stage {
 public:
  explicit Inflater(Coding coding) : gzip_(coding == Coding::kGzip) {}
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() override {
    if (begun_) ::inflateEnd(&stream_);
  }

  Result<Done> run(std::string_view in, std::span<char> out) override {
    Done done;
    if (in.empty() && !begun_) return done;
    if (!begun_) {
      if (!gzip_ && !first_) {
        // The form shows in the first two bytes.
        first_ = static_cast<unsigned char>(in[0]);
        done.used = 1;
        return done;
      }
      begin(in);
    }
    if (ended_ && !in.empty()) {
      // RFC 1952 §2.2: members may follow one another.
      if (!gzip_) return malformed("the content goes on after the end of its coding");
      ::inflateReset(&stream_);
      ended_ = false;
    }
    if (ended_) return done;
    if (first_ && !first_given_) {
      // One byte of input makes no output yet.
      const char first = static_cast<char>(*first_);
      first_given_ = true;
      Result<Done> given = inflate_some({&first, 1}, out.subspan(0, 1));
      if (!given) return given;
    }
    return inflate_some(in, out);
  }

  bool complete() const override { return ended_ || (!begun_ && !first_); }

 private:
  void begin(std::string_view in) {
    int form = kGzipForm;
    if (first_) {
      // RFC 1950 §2.2: the method is 8, and the first two bytes are a multiple of 31.
      const unsigned both = *first_ * 256u + static_cast<unsigned char>(in[0]);
      form = (*first_ & 15) == 8 && both % 31 == 0 ? kZlibForm : kRawForm;
    }
    if (::inflateInit2(&stream_, form) != Z_OK) throw std::bad_alloc();
    begun_ = true;
  }

  Result<Done> inflate_some(std::string_view in, std::span<char> out) {
    stream_.next_in = reinterpret_cast<const Bytef*>(in.data());
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    // Z_BUF_ERROR: nothing to do without more input or room.
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
      return malformed("the content is not what its coding says");
    ended_ = result == Z_STREAM_END;
    return Done{in.size() - stream_.avail_in, out.size() - stream_.avail_out};
  }

  const bool gzip_;
  std::optional<unsigned char> first_;
  bool first_given_ = false;
  bool begun_ = false;
  bool ended_ = false;
  z_stream stream_{};
};

class BrotliDecoder final : public ContentDecoder::Stage {
 public:
  BrotliDecoder() : state_(::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
    if (state_ == nullptr) throw std::bad_alloc();
  }
  BrotliDecoder(const BrotliDecoder&) = delete;
  BrotliDecoder& operator=(const BrotliDecoder&) = delete;
  ~BrotliDecoder() override { ::BrotliDecoderDestroyInstance(state_); }

  Result<Done> run(std::string_view in, std::span<char> out) override {
    if (::BrotliDecoderIsFinished(state_)) {
      if (in.empty()) return Done{};
      return malformed("the content goes on after the end of its coding");
    }
    std::size_t in_left = in.size();
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    std::size_t out_left = out.size();
    auto* next_out = reinterpret_cast<std::uint8_t*>(out.data());
    const BrotliDecoderResult result =
        ::BrotliDecoderDecompressStream(state_, &in_left, &next_in, &out_left, &next_out, nullptr);
    if (result == BROTLI_DECODER_RESULT_ERROR)
      return malformed("the content is not what its coding says");
    return Done{in.size() - in_left, out.size() - out_left};
  }

  bool complete() const override {
    return !::BrotliDecoderIsUsed(state_) || ::BrotliDecoderIsFinished(state_);
  }

 private:
  BrotliDecoderState* state_;
};

std::unique_ptr<ContentDecoder::Stage> make_stage(Coding coding) {
  if (coding == Coding::kBrotli) return std::make_unique<BrotliDecoder>();
  return std::make_unique<Inflater>(coding);
}

bool is_bomb(std::uint64_t received, std::uint64_t made) {
  return (made > kDecodedFree && made / kDecodedRatio > received) ||
         (made > kDecodedLarge && made / kDecodedLargeRatio > received);
}

}  // namespace

std::optional<Coding> parse_coding(std::string_view name) {
  if (same_name(name, "gzip") || same_name(name, "x-gzip")) return Coding::kGzip;
  if (same_name(name, "deflate")) return Coding::kDeflate;
  if (same_name(name, "br")) return Coding::kBrotli;
  return std::nullopt;
}

std::optional<std::vector<Coding>> read_codings(const Fields& fields) {
  std::vector<Coding> codings;
  for (std::string_view name : list_members(fields, "Content-Encoding")) {
    if (same_name(name, "identity")) continue;
    const std::optional<Coding> coding = parse_coding(name);
    if (!coding || codings.size() == kStackedCodings) return std::nullopt;
    codings.push_back(*coding);
  }
  return codings;
}

ContentDecoder::ContentDecoder(std::span<const Coding> codings) {
  for (std::size_t i = codings.size(); i-- > 0;)
    steps_.push_back(Step{make_stage(codings[i]), {}, {}});
}

ContentDecoder::ContentDecoder(ContentDecoder&&) noexcept = default;
ContentDecoder& ContentDecoder::operator=(ContentDecoder&&) noexcept = default;
ContentDecoder::~ContentDecoder() = default;

void ContentDecoder::give(std::string_view piece) {
  steps_.front().input = piece;
  received_ += piece.size();
}

Result<bool> ContentDecoder::take(std::string& out) { return pull(steps_.size() - 1, out); }

Result<bool> ContentDecoder::pull(std::size_t at, std::string& out) {
  Step& step = steps_[at];
  const std::size_t before = out.size();
  for (;;) {
    out.resize(before + kDecodedPiece);
    Result<Stage::Done> done =
        step.stage->run(step.input, std::span(out).subspan(before, kDecodedPiece));
    out.resize(before + (done ? done->made : 0));
    if (!done) return done.error();
    step.input.remove_prefix(done->used);
    made_ += done->made;
    if (is_bomb(received_, made_)) {
      out.resize(before);
      return Error{ErrorCode::kLimit, "the content grows too much when it is decoded"};
    }
    if (done->made > 0) return true;
    if (done->used > 0) continue;
    if (at == 0) return false;
    step.made.clear();
    Result<bool> more = pull(at - 1, step.made);
    if (!more || !*more) return more;
    step.input = step.made;
  }
}

Result<void> ContentDecoder::finish() const {
  for (const Step& step : steps_)
    if (!step.stage->complete()) return malformed("the content ends before its coding does");
  return {};
}

}  // namespace sallyport::http
