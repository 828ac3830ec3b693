#include "core/log/log.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "core/log/format.h"
#include "core/masking.h"

namespace sallyport::log {
namespace {

// Stderr is a pipe of ours while it lives.
class CapturedStderr {
 public:
  CapturedStderr() {
    REQUIRE(::pipe2(ends_, O_CLOEXEC) == 0);
    saved_ = ::dup(2);
    REQUIRE(::dup2(ends_[1], 2) == 2);
    ::close(ends_[1]);
  }
  ~CapturedStderr() {
    stop();
    ::dup2(saved_, 2);
    ::close(saved_);
    close_reader();
  }
  void close_reader() {
    if (ends_[0] >= 0) ::close(std::exchange(ends_[0], -1));
  }
  // What is in the pipe now.
  std::string read() const {
    std::string out;
    char buffer[4'096];
    pollfd what{ends_[0], POLLIN, 0};
    while (::poll(&what, 1, 0) > 0 && (what.revents & POLLIN) != 0) {
      ssize_t n = ::read(ends_[0], buffer, sizeof buffer);
      if (n <= 0) break;
      out.append(buffer, static_cast<std::size_t>(n));
    }
    return out;
  }
  void fill() const {
    int flags = ::fcntl(2, F_GETFL);
    ::fcntl(2, F_SETFL, flags | O_NONBLOCK);
    const std::string page(4'096, '.');
    while (::write(2, page.data(), page.size()) > 0) continue;
    ::fcntl(2, F_SETFL, flags);
  }

 private:
  int ends_[2] = {-1, -1};
  int saved_ = -1;
};

WallTime some_time() {
  return WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) +
                  std::chrono::milliseconds(54'245'678));
}

std::string format(Format form, std::string_view message, std::initializer_list<Field> fields) {
  return format_line(form, {some_time(), Level::kWarn, message, fields});
}

TEST_CASE("a JSON line has time, level, message and its fields in order") {
  CHECK(format(Format::kJson, "a target is gone", {{"target", "crm"}, {"cause", "a \"b\"\n"}}) ==
        R"({"time":"2026-11-23T15:04:05.678Z","level":"warn","message":"a target is gone",)"
        R"("target":"crm","cause":"a \"b\"\n"})");
}

TEST_CASE("a text line is one line that tells a terminal nothing, whatever is in it") {
  CHECK(format(Format::kText, "a target is gone", {{"target", "crm"}, {"url", "http://a/?b"}}) ==
        "2026-11-23T15:04:05.678Z warn a target is gone target=crm url=http://a/?b");
  CHECK(format(Format::kText, "m", {{"a", "x y"}, {"b", ""}, {"c", "k=v"}}) ==
        R"(2026-11-23T15:04:05.678Z warn m a="x y" b="" c="k=v")");
  CHECK(format(Format::kText, "two\nlines \x1b[2J", {{"v", "\r\x7f\xC2\x9B\xFF\xC3\xA9"}}) ==
        "2026-11-23T15:04:05.678Z warn \"two\\nlines \\u001b[2J\" "
        "v=\"\\r\\u007f\\u009b\xEF\xBF\xBD\xC3\xA9\"");
}

TEST_CASE("without a start lines go nowhere") {
  CapturedStderr captured;
  error("nobody hears this");
  stop();
  CHECK(captured.read().empty());
}

TEST_CASE("stop writes what is queued, at and above the least level") {
  CapturedStderr captured;
  start(Level::kInfo, Format::kText);
  debug("too fine");
  for (int i = 0; i < 100; ++i) info("line", {{"number", std::to_string(i)}});
  stop();
  const std::string out = captured.read();
  CHECK(out.find("too fine") == std::string::npos);
  CHECK(std::count(out.begin(), out.end(), '\n') == 100);
  CHECK(out.find("number=0\n") < out.find("number=99\n"));
}

// Masks the whole of a text that holds an `@`.
class AtMasking final : public Masking {
 public:
  std::unique_ptr<MaskStream> open(TextFormat) const override { return std::make_unique<Stream>(); }
  bool covers(TextFormat) const override { return true; }

 private:
  class Stream final : public MaskStream {
   public:
    void feed(std::string_view piece, std::string&) override { text_ += piece; }
    void finish(std::string& out) override {
      const bool hit = text_.find('@') != std::string::npos;
      if (hit) ++masked_;
      out += hit ? "****" : text_;
      text_.clear();
    }
    std::uint64_t masked() const override { return masked_; }

   private:
    std::string text_;
    std::uint64_t masked_ = 0;
  };
};

TEST_CASE("what is personal is masked in messages and fields, but for who and where") {
  CapturedStderr captured;
  start(Level::kInfo, Format::kText);
  redact_by(std::make_shared<AtMasking>());
  info("b@example.com failed", {{"subject", "a@example.com"}, {"cause", "no b@example.com"}});
  info("all is well", {{"cause", "none"}});
  stop();
  const std::string out = captured.read();
  CHECK(out.find(" info **** subject=a@example.com cause=****\n") != std::string::npos);
  CHECK(out.find(" info all is well cause=none\n") != std::string::npos);
}

TEST_CASE("a full stderr blocks neither writers nor stop, and the loss is counted and told") {
  CapturedStderr captured;
  start(Level::kInfo, Format::kText);
  captured.fill();
  const auto before = dropped();
  // More than the queue holds.
  for (int i = 0; i < 20'000; ++i) info("nobody reads this", {{"number", std::to_string(i)}});
  // A writer that waited for the pipe would never get here: nobody reads it.
  CHECK(dropped() - before > 10'000);
  stop();
  CHECK(dropped() - before == 20'000);
  CHECK(captured.read().find("nobody reads") == std::string::npos);
}

TEST_CASE("lines lost to a full stderr are told when it drains") {
  CapturedStderr captured;
  start(Level::kInfo, Format::kJson);
  captured.fill();
  const auto before = dropped();
  info("lost");
  while (dropped() == before) std::this_thread::yield();
  captured.read();
  info("kept");
  stop();
  const std::string out = captured.read();
  CHECK(out.find(R"("message":"log lines were dropped","lines":"1"})") != std::string::npos);
  CHECK(out.find(R"("message":"kept"})") != std::string::npos);
  CHECK(out.find(R"("message":"lost")") == std::string::npos);
}

TEST_CASE("a closed stderr is survived without a signal") {
  CapturedStderr captured;
  captured.close_reader();
  start(Level::kInfo, Format::kText);
  const auto before = dropped();
  for (int i = 0; i < 10; ++i) info("into the void");
  stop();
  CHECK(dropped() - before == 10);
}

TEST_CASE("many threads may write at once") {
  CapturedStderr captured;
  start(Level::kInfo, Format::kJson);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      for (int i = 0; i < 100; ++i) info("x");
    });
  for (auto& thread : threads) thread.join();
  std::string out;
  while (std::count(out.begin(), out.end(), '\n') < 400) out += captured.read();
  stop();
  out += captured.read();
  CHECK(std::count(out.begin(), out.end(), '\n') == 400);
}

}  // namespace
}  // namespace sallyport::log
