// Plain blocking sockets for tests that look at exact bytes: an agent that says what it is told to,
// and a target that answers by script. Every wait ends after ten seconds, with a failure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocols/http/message.h"

namespace sallyport::http::test {

// A response as it came off the wire, content unframed.
struct Answer {
  ResponseHead head;
  std::string head_bytes;
  std::string content;
  Fields trailers;
  bool whole = false;  // false: the connection ended before the content did

  std::string field(std::string_view name) const;
};

class Wire {
 public:
  Wire() = default;
  explicit Wire(int fd);
  Wire(Wire&& other) noexcept;
  Wire& operator=(Wire&& other) noexcept;
  ~Wire();
  static Wire connect(std::uint16_t port);

  void send(std::string_view bytes);  // fails the test when the peer has gone
  bool try_send(std::string_view bytes);
  // Up to and including `end`.
  std::string until(std::string_view end);
  std::string exactly(std::size_t bytes);
  // All that comes until the peer ends its side; a reset counts as an end.
  std::string rest();
  // True when the peer ends its side without another byte.
  bool ended();
  Answer answer(std::string_view method = "GET");
  void half_close();
  void close();
  void reset();  // closes with a TCP reset

 private:
  bool more();
  int fd_ = -1;
  std::string buffer_;
};

class Listening {
 public:
  Listening();
  ~Listening();
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  std::uint16_t port() const { return port_; }
  Wire accept();
  // Whether a connection is waiting to be accepted.
  bool waiting() const;

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace sallyport::http::test
