// Content codings the other way, for tests.
#pragma once

#include <brotli/encode.h>
#include <zlib.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace sallyport::http::test {

// `window` as deflateInit2 takes it.
inline std::string deflated(std::string_view text, int window) {
  z_stream stream{};
  if (::deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string in(text);
  std::string out(::deflateBound(&stream, in.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = ::deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  ::deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("deflate");
  return out;
}

inline std::string gzipped(std::string_view text) { return deflated(text, 15 + 16); }

inline std::string brotlied(std::string_view text) {
  std::string out(::BrotliEncoderMaxCompressedSize(text.size()) + 64, '\0');
  std::size_t size = out.size();
  if (!::BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC, text.size(),
                               reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                               reinterpret_cast<std::uint8_t*>(out.data()))) {
    throw std::runtime_error("BrotliEncoderCompress");
  }
  out.resize(size);
  return out;
}

}  // namespace sallyport::http::test
