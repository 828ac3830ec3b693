#include "core/identity/strict_json.h"

#include <nlohmann/json.hpp>

#include "core/identity/limits.h"

namespace sallyport::identity {
namespace {

using nlohmann::json;

// Builds the document from the parser's events; returning false ends the parse.
class Builder final : public nlohmann::json_sax<json> {
 public:
  explicit Builder(json& root) : root_(root) {}
  const char* problem() const { return problem_; }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(json::number_integer_t value) override { return add(value); }
  bool number_unsigned(json::number_unsigned_t value) override { return add(value); }
  bool number_float(json::number_float_t value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(json::binary_t&) override { return stop("holds binary data"); }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    Level& level = levels_.back();
    if (level.value.contains(name)) return stop("repeats a member name");
    level.key = std::move(name);
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return stop("is not JSON");
  }

 private:
  struct Level {
    json value;
    std::string key;
  };

  bool stop(const char* why) {
    problem_ = why;
    return false;
  }

  bool open(json container) {
    if (levels_.size() == kJsonDepth) return stop("is nested too deep");
    levels_.push_back({std::move(container), {}});
    return true;
  }

  bool close() {
    json value = std::move(levels_.back().value);
    levels_.pop_back();
    return add(std::move(value));
  }

  bool add(json value) {
    if (++values_ > kJsonValues) return stop("has too many values");
    if (levels_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Level& level = levels_.back();
    if (level.value.is_array()) {
      level.value.push_back(std::move(value));
    } else {
      level.value[level.key] = std::move(value);
    }
    return true;
  }

  json& root_;
  std::vector<Level> levels_;
  std::size_t values_ = 0;
  const char* problem_ = "is not JSON";
};

}  // namespace

Result<void> parse_strict_json(std::string_view text, json& out) {
  // The library takes a NUL for the end of the text and skips a byte order mark; RFC 8259 has
  // neither.
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xEF\xBB\xBF")) {
    return Error{ErrorCode::kMalformed, "is not JSON"};
  }
  Builder builder(out);
  try {
    if (json::sax_parse(text.begin(), text.end(), &builder)) return {};
  } catch (const json::exception&) {
    return Error{ErrorCode::kMalformed, "is not JSON"};
  }
  return Error{ErrorCode::kMalformed, builder.problem()};
}

}  // namespace sallyport::identity
