// A WebSocket through the broker, open on both sides, and what is said on it.
#pragma once

#include <string>

#include "tests/http/broker.h"
#include "tests/http/frames.h"

namespace sallyport::http::test {

inline const std::string kKeyField = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
inline const std::string kAsk =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" + kKeyField;
inline const std::string kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// One side's frames, message after message.
class Reading {
 public:
  Reading(Wire& wire, Sender sender) : wire_(wire), sender_(sender) {}
  // What read_frames() says of the next one, once it is there.
  std::string next() {
    const std::string before = read_frames(sender_, bytes_);
    for (;;) {
      bytes_ += wire_.exactly(1);
      const std::string now = read_frames(sender_, bytes_);
      if (now != before) return now.substr(before.size());
    }
  }

 private:
  Wire& wire_;
  const Sender sender_;
  std::string bytes_;
};

// One that is open.
struct Open {
  explicit Open(Broker& broker, const std::string& asked = "", const std::string& answered = "")
      : agent(broker.connect()) {
    agent.send(broker.request("GET /crm/live?x=1", kAsk + asked));
    target = broker.target.accept();
    request = target.until("\r\n\r\n");
    target.send(kSwitch + answered + "\r\n");
    answer = agent.until("\r\n\r\n");
  }
  Wire agent;
  Wire target;
  std::string request;
  std::string answer;
  Reading to_agent{agent, Sender::kServer};
  Reading to_target{target, Sender::kClient};
};

inline std::string close_frame(std::uint16_t code, const std::string& text = "") {
  return server_frame(Opcode::kClose, close_content({code, text}));
}
inline std::string client_close(std::uint16_t code) {
  return client_frame(Opcode::kClose, close_content({code, ""}));
}
inline std::string said(std::uint16_t code, const std::string& text = "") {
  return "close " + close_content({code, text}) + "\n";
}

}  // namespace sallyport::http::test
