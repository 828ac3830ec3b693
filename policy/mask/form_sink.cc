#include "policy/mask/form_sink.h"

namespace sallyport::mask {
namespace {

// URL Standard §1.3, the application/x-www-form-urlencoded percent-encode set.
void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (char c : text) {
    if (is_word(c) || c == '*' || c == '-' || c == '.') {
      out.push_back(c);
    } else if (c == ' ') {
      out.push_back('+');
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
}

}  // namespace

void FormSink::text(std::string_view bytes, std::string& out) {
  out.append(bytes);
  const std::size_t pair = bytes.rfind('&');
  if (pair != bytes.npos) {
    in_value_ = false;
    bytes.remove_prefix(pair + 1);
  }
  in_value_ = in_value_ || bytes.find('=') != bytes.npos;
}

void FormSink::hide(std::string_view, std::string_view replacement, bool fresh, std::string& out) {
  if (fresh) append_encoded(out, replacement);
}

std::size_t FormSink::find_border(std::string_view bytes) const {
  return in_value_ ? bytes.find('&') : bytes.find_first_of("&=");
}

}  // namespace sallyport::mask
