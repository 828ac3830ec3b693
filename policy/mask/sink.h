// Where a text goes once it is decided what of it is a hit: the sink writes it down again in the
// text's own format. Belongs to one stream. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sallyport::mask {

class Sink {
 public:
  virtual ~Sink() = default;
  // Bytes that are no hit.
  virtual void pass(std::string_view bytes, std::string& out) = 0;
  // A hit.
  virtual void mask(std::size_t type, std::string_view value, std::string& out) = 0;
  // More of the last hit, which has exceeded its limit.
  virtual void mask_more(std::string_view bytes, std::string& out) = 0;
  // The text ends; the next one begins.
  virtual void end(std::string& out) = 0;
};

}  // namespace sallyport::mask
