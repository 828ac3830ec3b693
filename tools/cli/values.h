// Values as people write them on a command line. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/clock.h"

namespace sallyport::cli {

// "250ms", "20s", "10m", "8h", "2d"; a bare number is seconds. Not negative, at most ten years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// "2026-11-23", "2026-11-23T15:04", "2026-11-23T15:04:05.678Z" (always UTC), or Unix seconds.
std::optional<WallTime> parse_time(std::string_view text);

std::optional<std::uint64_t> parse_count(std::string_view text);

// A positive decimal factor such as "0.5" or "10".
std::optional<double> parse_factor(std::string_view text);

}  // namespace sallyport::cli
