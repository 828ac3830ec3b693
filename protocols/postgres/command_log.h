// The admitted commands of one session that are under way: what is recorded of each, and how each
// came out. Used on the session's thread.
#pragma once

#include <list>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/metrics.h"
#include "core/permit.h"
#include "protocols/postgres/conversation.h"

namespace sallyport::postgres {

class CommandLog {
 public:
  CommandLog(const Target& target, const Clock& clock, Metrics& metrics)
      : target_(target), clock_(clock), metrics_(metrics) {}

  // Bound values, before the command is sent.
  net::Awaitable<Result<void>> record_values(const Permit& permit, const std::string& values);
  // The next command's, in order.
  void begin(Permit permit, const Planned& planned);
  // Data that the agent sends after its command.
  net::Awaitable<Result<void>> record_input(CommandNumber number,
                                            const MessageDecoder::Piece& piece);

  // Notes what the server answers; flush() makes it part of the record.
  void note(const MessageDecoder::Piece& piece, CommandNumber number);
  // Before what was noted is passed on: recorded, and the commands it answers durable.
  net::Awaitable<Result<void>> flush();
  // After it was passed on.
  void finish(const Ended& ended);
  // The session ends with commands under way.
  void abandon(std::string_view status, const std::string& why);
  bool empty() const { return commands_.empty(); }

 private:
  struct Entry {
    CommandNumber number = 0;
    Permit permit;
    MonoTime started;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t rows = 0;
    std::uint64_t notices = 0;
    bool durable = false;
    std::vector<OwnColumn> columns;
    std::string columns_text;  // not yet recorded, as the two below
    std::string rows_text;
    std::string copied;
  };
  Entry* find(CommandNumber number);
  static void set_columns(Entry& entry, std::vector<OwnColumn> columns);
  static void note_row(Entry& entry, const MessageDecoder::Piece& piece);
  // An error or a notice.
  static void note_words(Entry& entry, std::string_view kind, std::string_view body);
  net::Awaitable<Result<void>> flush_one(Entry& entry);
  void settle(Entry& entry, const Outcome& outcome);
  static bool keeps(const Permit& permit, RecordPayloads least);

  const Target& target_;
  const Clock& clock_;
  Metrics& metrics_;
  std::list<Entry> commands_;
  CommandNumber next_ = 1;
  bool noted_ = false;
};

}  // namespace sallyport::postgres
