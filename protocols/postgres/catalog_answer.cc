#include "protocols/postgres/catalog_answer.h"

namespace sallyport::postgres {

Result<std::size_t> CatalogAnswer::take(std::string_view unread) {
  std::size_t taken = 0;
  while (!complete_) {
    auto piece = decoder_.next(unread.substr(taken));
    if (!piece) return piece.error();
    if (!*piece) break;
    if (auto good = take(**piece); !good) return good.error();
    taken += (*piece)->wire.size();
  }
  return taken;
}

Result<void> CatalogAnswer::take(const MessageDecoder::Piece& piece) {
  if (!piece.first()) return {};
  switch (piece.type) {
    case backend::kDataRow: {
      if (!piece.whole()) {
        ++passed_over_;
        return {};
      }
      const auto row = read_row(piece.body);
      if (!row) return row.error();
      if (row->size() != 1) return Error{ErrorCode::kMalformed, "a row that nobody asked for"};
      if (!row->front()) return {};
      bytes_ += row->front()->size();
      if (rows_.size() >= kCatalogRows || bytes_ > kCatalogBytes)
        return Error{ErrorCode::kLimit, "the catalog is larger than what is kept of one"};
      rows_.emplace_back(*row->front());
      return {};
    }
    case backend::kErrorResponse: {
      const auto fields = read_error(piece.body);
      if (!fields) return fields.error();
      return Error{ErrorCode::kUnavailable, "the server refuses: " + fields->sqlstate};
    }
    case backend::kReadyForQuery:
      complete_ = true;
      return {};
    case backend::kRowDescription:
    case backend::kCommandComplete:
    case backend::kNoticeResponse:
    case backend::kNotificationResponse:
    case backend::kParameterStatus:
      return {};
    default:
      return Error{ErrorCode::kMalformed, "not an answer to a query"};
  }
}

identity::Sha256 CatalogAnswer::digest() const {
  std::string chain;
  for (const std::string& row : rows_) {
    chain.append(row);
    const identity::Sha256 link = identity::sha256(chain);
    chain.assign(link.begin(), link.end());
  }
  return identity::sha256(chain);
}

std::shared_ptr<const sql::Catalog> CatalogAnswer::build(const std::function<bool()>& go_on) const {
  sql::CatalogBuilder builder;
  for (const std::string& row : rows_) {
    if (!go_on()) return nullptr;
    builder.add(row);
  }
  return std::move(builder).finish();
}

}  // namespace sallyport::postgres
