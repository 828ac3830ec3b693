// What the server's messages mean for the session.
#include <algorithm>

#include "protocols/postgres/conversation.h"

namespace sallyport::postgres {
namespace {

Error out_of_step(const char* what) { return {ErrorCode::kMalformed, what}; }

bool ends_with_ready(char type) {
  return type == frontend::kQuery || type == frontend::kFunctionCall || type == frontend::kSync;
}

}  // namespace

Result<ServerStep> Conversation::from_server(const MessageDecoder::Piece& piece) {
  ServerStep out;
  if (!piece.first()) {
    out.command = answering_;
    return out;
  }
  switch (piece.type) {
    case backend::kNoticeResponse:
      if (!expected_.empty()) out.command = expected_.front().command;
      return out;
    case backend::kNotificationResponse:
      return out;
    case backend::kParameterStatus: {
      auto status = read_parameter_status(piece.body);
      if (!status) return status.error();
      classifier_.report(status->first, status->second);
      return out;
    }
    case backend::kErrorResponse:
      return on_error(piece);
    case backend::kReadyForQuery:
      return on_ready(piece);
    case backend::kAuthentication:
    case backend::kBackendKeyData:
    case backend::kNegotiateProtocolVersion:
    case backend::kCopyBothResponse:
      return out_of_step("a message that has no place in a session");
    default:
      if (expected_.empty()) return out_of_step("an answer that nobody asked for");
      return on_answer(piece);
  }
}

Result<ServerStep> Conversation::on_answer(const MessageDecoder::Piece& piece) {
  Expected& front = expected_.front();
  const bool executes = front.type == frontend::kQuery || front.type == frontend::kExecute;
  ServerStep out;
  out.command = answering_ = front.command;
  const auto confirmed = [&](char type) -> Result<ServerStep> {
    if (front.type != type || front.refused) return out_of_step("a confirmation of something else");
    statements_.confirm();
    pop_prepared(out);
    return std::move(out);
  };
  switch (piece.type) {
    case backend::kParseComplete:
      return confirmed(frontend::kParse);
    case backend::kBindComplete:
      return confirmed(frontend::kBind);
    case backend::kCloseComplete:
      return confirmed(frontend::kClose);
    case backend::kParameterDescription:
      if (front.type != frontend::kDescribe) return out_of_step("a description nobody asked for");
      if (front.statement != nullptr) {
        auto types = read_parameter_description(piece.body);
        if (!types) return types.error();
        front.statement->types = std::move(*types);
      }
      return out;
    case backend::kRowDescription:
    case backend::kNoData:
      if (front.type == frontend::kDescribe) {
        if (front.statement != nullptr && piece.type == backend::kRowDescription) {
          const auto columns = read_row_description(piece.body);
          if (!columns) return columns.error();
          front.statement->columns = to_own(*columns);
        }
        pop_prepared(out);
      } else if (front.type != frontend::kQuery) {
        return out_of_step("a description nobody asked for");
      }
      return out;
    case backend::kDataRow:
    case backend::kCopyData:
    case backend::kCopyDone:
    case backend::kCopyOutResponse:
      if (!executes) return out_of_step("data nobody asked for");
      return out;
    case backend::kCopyInResponse:
      if (!executes) return out_of_step("a copy nobody asked for");
      on_copy_in();
      return out;
    case backend::kFunctionCallResponse:
      if (front.type != frontend::kFunctionCall) return out_of_step("no function was called");
      return out;
    default:
      return on_complete(piece);
  }
}

// A command that only prepares one has no other end than this.
void Conversation::pop_prepared(ServerStep& out) {
  const Expected front = std::move(expected_.front());
  expected_.pop_front();
  const bool more = !expected_.empty() && expected_.front().command == front.command;
  if (front.command == 0 || more) return;
  std::string status = "PARSE";
  if (front.type == frontend::kBind) status = "BIND";
  if (front.type == frontend::kDescribe) status = "DESCRIBE";
  if (front.type == frontend::kClose) status = "CLOSE";
  out.ended.push_back({front.command, false, true, std::move(status)});
}

Result<ServerStep> Conversation::on_complete(const MessageDecoder::Piece& piece) {
  Expected& front = expected_.front();
  if (front.type != frontend::kQuery && front.type != frontend::kExecute)
    return out_of_step("the end of something else");
  std::string tag = piece.type == backend::kEmptyQueryResponse ? "EMPTY" : "SUSPENDED";
  if (piece.type == backend::kCommandComplete) {
    auto read = read_command_tag(piece.body);
    if (!read) return read.error();
    tag = *read;
    statements_.note_tag(tag);
    if (tag == "ROLLBACK") classifier_.undone();
  }
  ServerStep out;
  out.command = front.command;
  if (front.type == frontend::kExecute) {
    out.ended.push_back({front.command, false, true, std::move(tag)});
    expected_.pop_front();
  } else if (front.command + 1 < front.end) {
    out.ended.push_back({front.command, false, true, std::move(tag)});
    ++front.command;
  } else {
    // The last one's end is told with ReadyForQuery: a text that was not judged statement by
    // statement has more ends than commands.
    front.error = std::move(tag);
  }
  return out;
}

void Conversation::on_copy_in() {
  Expected& front = expected_.front();
  copy_in_ = true;
  copy_command_ = front.command;
  if (front.type != frontend::kExecute) return;
  // PostgreSQL §55.2.6: the copy takes the Sync that was sent with it.
  const auto taken = std::find_if(expected_.begin(), expected_.end(),
                                  [](const Expected& one) { return one.type == frontend::kSync; });
  if (taken != expected_.end()) expected_.erase(taken);
  pipeline_open_ = true;
}

Result<ServerStep> Conversation::on_error(const MessageDecoder::Piece& piece) {
  auto fields = read_error(piece.body);
  if (!fields) return fields.error();
  ServerStep out;
  copy_in_ = false;
  classifier_.undone();
  const bool fatal = fields->severity == "FATAL" || fields->severity == "PANIC";
  if (expected_.empty()) return out;
  Expected& front = expected_.front();
  out.command = front.command;
  if (fatal) {
    // Nothing follows; how far the others came is not known.
    if (front.command != 0)
      out.ended.push_back({front.command, true, true, std::move(fields->sqlstate)});
    return out;
  }
  if (front.refused) {
    out.relay = false;
    out.instead = std::exchange(front.error, {});
    front.refused = false;
  } else if (ends_with_ready(front.type)) {
    const CommandNumber first = front.command;
    if (first != 0 && first < front.end)
      out.ended.push_back({first, true, true, std::move(fields->sqlstate)});
    for (CommandNumber n = first + 1; n < front.end; ++n) out.ended.push_back({n, true, false, {}});
    front.command = front.end = 0;
  } else {
    if (front.command != 0)
      out.ended.push_back({front.command, true, true, std::move(fields->sqlstate)});
  }
  if (!ends_with_ready(front.type)) skip_expected(out.ended);
  return out;
}

// PostgreSQL §55.2.3: after an error the server reads and discards to the next Sync.
void Conversation::skip_expected(std::vector<Ended>& ended) {
  statements_.take_back();
  CommandNumber told = ended.empty() ? 0 : ended.back().command;
  while (!expected_.empty() && expected_.front().type != frontend::kSync) {
    const CommandNumber skipped = expected_.front().command;
    if (skipped > told) {
      ended.push_back({skipped, true, false, {}});
      told = skipped;
    }
    expected_.pop_front();
  }
  if (!expected_.empty()) return;
  skipping_ = Skipping::kServer;
  if (deciding_) {
    overtaken_ = true;
  } else if (!messages_.empty()) {
    clear_unit();
  }
}

Result<ServerStep> Conversation::on_ready(const MessageDecoder::Piece& piece) {
  auto status = read_ready(piece.body);
  if (!status) return status.error();
  ServerStep out;
  while (!expected_.empty()) {
    const Expected front = std::move(expected_.front());
    expected_.pop_front();
    if (front.type == frontend::kQuery || front.type == frontend::kFunctionCall)
      for (CommandNumber n = front.command; n != 0 && n < front.end; ++n)
        out.ended.push_back({n, false, true, front.error});
    if (ends_with_ready(front.type)) break;
    if (front.command != 0) out.ended.push_back({front.command, true, false, {}});
  }
  status_ = *status;
  if (status_ == TransactionStatus::kIdle) {
    statements_.end_transaction();
    classifier_.committed();
  }
  return out;
}

std::vector<CommandNumber> Conversation::unfinished() const {
  std::vector<CommandNumber> out;
  for (const Expected& one : expected_) {
    const CommandNumber end = std::max(one.end, one.command + 1);
    for (CommandNumber n = one.command; n != 0 && n < end; ++n)
      if (out.empty() || out.back() < n) out.push_back(n);
  }
  return out;
}

}  // namespace sallyport::postgres
