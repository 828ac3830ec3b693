// Content codings (RFC 9110 §8.4.1) undone as the content comes: gzip, deflate in zlib's form and
// in the raw one that some servers send, and br. Content that would grow beyond kDecodedRatio is an
// error, as is content that ends early or goes on after its end. Pure; used on one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "protocols/http/message.h"

namespace sallyport::http {

enum class Coding : std::uint8_t { kGzip, kDeflate, kBrotli };

// By its name, without case; "x-gzip" is gzip (RFC 9110 §8.4.1.3).
std::optional<Coding> parse_coding(std::string_view name);

// What Content-Encoding lists, in the order in which it was applied, without `identity`. Nothing:
// one is unknown, or they are more than kStackedCodings.
std::optional<std::vector<Coding>> read_codings(const Fields& fields);

class ContentDecoder {
 public:
  explicit ContentDecoder(std::span<const Coding> codings);
  ContentDecoder(ContentDecoder&&) noexcept;
  ContentDecoder& operator=(ContentDecoder&&) noexcept;
  ~ContentDecoder();

  // The next piece of what came, when the one before is used up. It stays where it is until then.
  void give(std::string_view piece);
  // Appends at most kDecodedPiece bytes. False: all that was given is used up. kMalformed: it is
  // not what its coding says; kLimit: it grows too much.
  Result<bool> take(std::string& out);
  // The content ends here. kMalformed when its coding does not.
  Result<void> finish() const;

  class Stage;

 private:
  struct Step {
    std::unique_ptr<Stage> stage;
    std::string made;        // by the step before; empty for the first
    std::string_view input;  // what is left to use
  };
  Result<bool> pull(std::size_t at, std::string& out);

  std::vector<Step> steps_;  // in the order in which the codings are undone
  std::uint64_t received_ = 0;
  std::uint64_t made_ = 0;  // by all steps
};

}  // namespace sallyport::http
