// Names and values of fields under a screen.
#include "protocols/http/characters.h"
#include "protocols/http/encoder.h"
#include "protocols/http/screen.h"

namespace sallyport::http {
namespace {

// Through guard and masks. Adds to `masked` what the masks replaced.
std::string screened(const Screen& screen, std::string text, TextFormat format,
                     std::uint64_t& masked) {
  if (screen.guard) text = screen.guard->apply(text, format);
  if (screen.masks) text = screen.masks->apply(text, format, &masked);
  return text;
}

// Name and value on lines of their own: the name is context for what the value is, and patterns
// see the value's own begin and end.
void append_field(std::string& out, const Field& field) {
  out.append(field.name).append(":\n").append(field.value).append("\n");
}

bool has_escapes(const Fields& fields) {
  for (const Field& field : fields.list())
    if (contains(field.value, '%')) return true;
  return false;
}

// A name in which something was found goes with its value.
std::optional<Field> screened_field(const Screen& screen, const Field& field,
                                    std::uint64_t& masked) {
  std::string text;
  append_field(text, field);
  text = screened(screen, std::move(text), TextFormat::kPlain, masked);
  const std::string name = field.name + ":\n";
  if (!text.starts_with(name)) return std::nullopt;
  std::string value = text.substr(name.size());
  if (!value.empty() && value.back() == '\n') value.pop_back();
  // References and cookies have their values in the escapes of URLs.
  if (contains(value, '%')) value = screened(screen, std::move(value), TextFormat::kForm, masked);
  return Field{field.name, std::move(value)};
}

}  // namespace

void screen_fields(const Screen& screen, Fields& fields, std::uint64_t& masked) {
  if (!screen.active() || fields.empty()) return;
  // Most heads have nothing to hide, and one look at the whole tells.
  std::string whole;
  for (const Field& field : fields.list()) append_field(whole, field);
  std::uint64_t unused = 0;
  const bool clean =
      !has_escapes(fields) && screened(screen, whole, TextFormat::kPlain, unused) == whole;
  if (clean) return;
  Fields kept;
  kept.reserve(fields.size());
  for (const Field& field : fields.list()) {
    std::optional<Field> shown = screened_field(screen, field, masked);
    if (shown) kept.add(std::move(shown->name), std::move(shown->value));
  }
  fields = std::move(kept);
}

void screen_head(const Screen& screen, ResponseHead& head, std::uint64_t& masked) {
  if (!screen.active()) return;
  screen_fields(screen, head.fields, masked);
  if (screened(screen, head.reason, TextFormat::kPlain, masked) != head.reason)
    head.reason = reason_phrase(head.status);
}

}  // namespace sallyport::http
