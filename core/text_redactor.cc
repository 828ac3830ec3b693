#include "core/text_redactor.h"

namespace sallyport {
namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool has_escape(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1))
    if (at + 2 < text.size() && is_hex(text[at + 1]) && is_hex(text[at + 2])) return true;
  return false;
}

}  // namespace

TextRedactor::TextRedactor(std::shared_ptr<const Masking> masking) : masking_(std::move(masking)) {}

const std::string* TextRedactor::redacted(std::string_view text) {
  if (masking_ == nullptr || text.empty()) return nullptr;
  const bool plain = pass(plain_, TextFormat::kPlain, text, out_);
  if (plain) text = out_;
  if (has_escape(text) && pass(form_, TextFormat::kForm, text, decoded_)) return &decoded_;
  return plain ? &out_ : nullptr;
}

// Whether anything in the text was masked.
bool TextRedactor::pass(std::unique_ptr<MaskStream>& stream, TextFormat format,
                        std::string_view text, std::string& out) {
  if (stream == nullptr) stream = masking_->open(format);
  const std::uint64_t before = stream->masked();
  out.clear();
  stream->feed(text, out);
  stream->finish(out);
  return stream->masked() != before;
}

}  // namespace sallyport
