#include "protocols/postgres/command_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "protocols/postgres/values.h"

namespace sallyport::postgres {
namespace {

// "INSERT 0 3", "SELECT 5", "COPY 1000": the last word where it is a number.
std::optional<std::uint64_t> rows_of(std::string_view tag) {
  const std::size_t space = tag.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view word = tag.substr(space + 1);
  std::uint64_t rows = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), rows);
  if (problem != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return rows;
}

}  // namespace

bool CommandLog::keeps(const Permit& permit, RecordPayloads least) {
  switch (permit.payloads()) {
    case RecordPayloads::kFull:
      return true;
    case RecordPayloads::kHead:
      return least == RecordPayloads::kHead;
    case RecordPayloads::kNone:
      return false;
  }
  return true;
}

void CommandLog::begin(Permit permit, const Planned& planned) {
  Entry entry{next_++, std::move(permit), clock_.mono()};
  entry.bytes_in = planned.bytes;
  entry.durable = target_.audit.durability == Durability::kWriteAhead;
  set_columns(entry, planned.columns);
  commands_.push_back(std::move(entry));
}

CommandLog::Entry* CommandLog::find(CommandNumber number) {
  if (number == 0) return nullptr;
  // The oldest is nearly always the one.
  for (Entry& entry : commands_)
    if (entry.number == number) return &entry;
  return nullptr;
}

net::Awaitable<Result<void>> CommandLog::record_values(const Permit& permit,
                                                       const std::string& values) {
  if (!keeps(permit, RecordPayloads::kHead)) co_return Result<void>();
  const PayloadChunk chunk{"statement.values", std::as_bytes(std::span(values))};
  co_return co_await permit.record(chunk);
}

net::Awaitable<Result<void>> CommandLog::record_input(CommandNumber number,
                                                      const MessageDecoder::Piece& piece) {
  Entry* entry = find(number);
  if (entry == nullptr) co_return Result<void>();
  entry->bytes_in += piece.wire.size();
  if (!keeps(entry->permit, RecordPayloads::kFull)) co_return Result<void>();
  const PayloadChunk chunk{"copy.in", std::as_bytes(std::span(piece.body))};
  co_return co_await entry->permit.record(chunk);
}

void CommandLog::set_columns(Entry& entry, std::vector<OwnColumn> columns) {
  if (!keeps(entry.permit, RecordPayloads::kHead) || columns.empty()) return;
  // A description that repeats what is known may say another format; it is recorded once.
  if (entry.columns.empty()) entry.columns_text = columns_json(columns) + "\n";
  entry.columns = std::move(columns);
}

void CommandLog::note_row(Entry& entry, const MessageDecoder::Piece& piece) {
  if (piece.first()) ++entry.rows;
  if (!keeps(entry.permit, entry.rows <= kHeadRows ? RecordPayloads::kHead : RecordPayloads::kFull))
    return;
  if (!piece.whole()) {
    if (piece.first()) entry.rows_text += "{\"bytes\":" + std::to_string(piece.size) + "}\n";
    return;
  }
  const auto cells = read_row(piece.body);
  if (cells) append_row_json(entry.rows_text, *cells, entry.columns);
}

void CommandLog::note_words(Entry& entry, std::string_view kind, std::string_view body) {
  const auto words = read_error(body);
  if (!words || !keeps(entry.permit, RecordPayloads::kHead)) return;
  if (kind == "notice" && ++entry.notices > kHeadRows &&
      !keeps(entry.permit, RecordPayloads::kFull))
    return;
  fmt::format_to(std::back_inserter(entry.rows_text), "{{\"{}\":{}}}\n", kind, error_json(*words));
}

void CommandLog::note(const MessageDecoder::Piece& piece, CommandNumber number) {
  Entry* entry = find(number);
  if (entry == nullptr) return;
  noted_ = true;
  entry->bytes_out += piece.wire.size();
  switch (piece.type) {
    case backend::kRowDescription:
      if (const auto columns = read_row_description(piece.body))
        set_columns(*entry, to_own(*columns));
      return;
    case backend::kDataRow:
      return note_row(*entry, piece);
    case backend::kCopyData:
      if (keeps(entry->permit, RecordPayloads::kFull)) entry->copied.append(piece.body);
      return;
    case backend::kErrorResponse:
      return note_words(*entry, "error", piece.body);
    case backend::kNoticeResponse:
      return note_words(*entry, "notice", piece.body);
    default:
      return;
  }
}

net::Awaitable<Result<void>> CommandLog::flush_one(Entry& entry) {
  if (!entry.durable) {
    // Answers of an overlapped command wait for its intent.
    Result<EventNumber> durable = co_await entry.permit.durable();
    if (!durable) co_return durable.error();
    entry.durable = true;
  }
  const std::array<std::pair<std::string_view, std::string*>, 3> streams = {
      {{"result.columns", &entry.columns_text},
       {"result.rows", &entry.rows_text},
       {"copy.out", &entry.copied}}};
  for (const auto& stream : streams) {
    if (stream.second->empty()) continue;
    const PayloadChunk chunk{stream.first, std::as_bytes(std::span(*stream.second))};
    Result<void> kept = co_await entry.permit.record(chunk);
    if (!kept) co_return kept;
    stream.second->clear();
  }
  co_return Result<void>();
}

net::Awaitable<Result<void>> CommandLog::flush() {
  if (!std::exchange(noted_, false)) co_return Result<void>();
  // The agent's side only adds behind meanwhile, and a list keeps its entries where they are.
  for (Entry& entry : commands_) {
    if (entry.bytes_out == 0) continue;
    Result<void> kept = co_await flush_one(entry);
    if (!kept) co_return kept;
  }
  co_return Result<void>();
}

void CommandLog::settle(Entry& entry, const Outcome& outcome) {
  Outcome whole = outcome;
  whole.bytes_in = entry.bytes_in;
  whole.bytes_out = entry.bytes_out;
  whole.duration =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.mono() - entry.started);
  entry.permit.finish(whole);
  metrics_.bytes("postgres", entry.bytes_in, entry.bytes_out);
}

void CommandLog::finish(const Ended& ended) {
  Entry* entry = find(ended.command);
  if (entry == nullptr) return;
  Outcome outcome;
  outcome.status = ended.status;
  outcome.rows = ended.failed ? 0 : rows_of(ended.status).value_or(entry->rows);
  if (!ended.executed) {
    outcome.completion = Completion::kAborted;
    outcome.detail = "the server skipped it after an error before it";
  }
  settle(*entry, outcome);
  commands_.remove_if([&](const Entry& one) { return one.number == ended.command; });
}

void CommandLog::abandon(std::string_view status, const std::string& why) {
  Outcome outcome;
  outcome.completion = Completion::kAborted;
  outcome.status = std::string(status);
  outcome.detail = why;
  for (Entry& entry : commands_) settle(entry, outcome);
  commands_.clear();
}

}  // namespace sallyport::postgres
