// How long a fetched document says it stays fresh (RFC 9111 §4.2.1). Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sallyport::identity {

// Field values as received, empty when absent.
struct CacheFields {
  std::string_view cache_control;
  std::string_view expires;
  std::string_view date;
  std::string_view age;
};

// Nothing when the document does not say; zero when it is not to be kept.
std::optional<std::chrono::seconds> fresh_for(const CacheFields& fields);

}  // namespace sallyport::identity
