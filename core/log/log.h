// The operational log: one structured line per occurrence, to stderr, as JSON or text. Never
// blocks: lines wait in a bounded queue for a thread of their own, and are dropped (and counted)
// when stderr does not drain. No token, password, injected credential or agent's payload may be
// passed in.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sallyport {
class Masking;
}

namespace sallyport::log {

enum class Level { kDebug, kInfo, kWarn, kError };
enum class Format { kText, kJson };

struct Field {
  std::string_view name;
  std::string value;
};

// Called once by main before other threads start; without it lines go nowhere.
void start(Level least, Format format);
// Writes what is queued, for at most 500 ms.
void stop();
std::uint64_t dropped();

// From here on messages and fields pass this masking, but for those that say who and where; null:
// nothing does.
void redact_by(std::shared_ptr<const Masking> masking);

void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void debug(std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::kDebug, m, f);
}
inline void info(std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::kInfo, m, f);
}
inline void warn(std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::kWarn, m, f);
}
inline void error(std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::kError, m, f);
}

}  // namespace sallyport::log
