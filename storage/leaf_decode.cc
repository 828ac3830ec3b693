#include <charconv>

#include "storage/leaf.h"

namespace sallyport::storage {
namespace {

// Reads one JSON text from left to right in the order it must have; after the first mismatch
// everything fails. What it accepts too generously (escapes, numbers with zeros in front) is caught
// by comparing with what the encoder would have written.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && at_ == text_.size(); }

  bool peek(std::string_view word) const { return ok_ && text_.substr(at_).starts_with(word); }
  bool skip(std::string_view word) {
    if (!peek(word)) return false;
    at_ += word.size();
    return true;
  }
  void expect(std::string_view word) { ok_ = skip(word); }

  std::uint64_t number() {
    std::uint64_t value = 0;
    if (!ok_) return value;
    auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    ok_ = error == std::errc();
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  std::string string() {
    std::string out;
    expect("\"");
    while (ok_) {
      std::size_t end = text_.find_first_of("\"\\", at_);
      if (end == std::string_view::npos) {
        ok_ = false;
        break;
      }
      out.append(text_, at_, end - at_);
      at_ = end + 1;
      if (text_[end] == '"') break;
      escape(out);
    }
    return out;
  }

  // ,"key":  as the next member?
  bool member(std::string_view key) {
    std::size_t length = key.size() + 4;
    std::string_view rest = ok_ ? text_.substr(at_) : std::string_view();
    if (rest.size() < length || rest[0] != ',' || rest[1] != '"' ||
        rest.substr(2, key.size()) != key || rest[2 + key.size()] != '"' ||
        rest[3 + key.size()] != ':')
      return false;
    at_ += length;
    return true;
  }
  void need(std::string_view key) { ok_ = member(key); }

 private:
  void escape(std::string& out) {
    char c = at_ < text_.size() ? text_[at_++] : '\0';
    switch (c) {
      case '"':
      case '\\':
        out.push_back(c);
        return;
      case 'n':
        out.push_back('\n');
        return;
      case 'r':
        out.push_back('\r');
        return;
      case 't':
        out.push_back('\t');
        return;
      case 'u':
        code_unit(out);
        return;
      default:
        ok_ = false;
    }
  }

  void code_unit(std::string& out) {
    unsigned value = 0;
    const char* first = text_.data() + at_;
    auto [end, error] =
        std::from_chars(first, first + std::min<std::size_t>(4, text_.size() - at_), value, 16);
    if (error != std::errc() || end != first + 4) {
      ok_ = false;
      return;
    }
    at_ += 4;
    if (value < 0x80) {
      out.push_back(static_cast<char>(value));
    } else if (value == 0x2028 || value == 0x2029) {
      out += value == 0x2028 ? "\xE2\x80\xA8" : "\xE2\x80\xA9";
    } else {
      ok_ = false;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

class Members {
 public:
  explicit Members(Cursor& in) : in_(in) {}

  void text(std::string_view key, std::string& out) {
    if (in_.member(key)) out = in_.string();
  }
  void number(std::string_view key, std::uint64_t& out) {
    if (in_.member(key)) out = in_.number();
  }
  void flag(std::string_view key, bool& out) {
    if (!in_.member(key)) return;
    in_.expect("true");
    out = true;
  }
  Hash hash() {
    auto value = parse_hash(in_.string());
    if (!value) in_.expect("a hash");
    return value.value_or(Hash{});
  }
  void session(SessionId& out) {
    in_.need("session");
    if (auto id = SessionId::parse(in_.string())) {
      out = *id;
    } else {
      in_.expect("a session id");
    }
  }
  void command(SessionId& id, std::uint32_t& seq) {
    session(id);
    in_.need("seq");
    std::uint64_t value = in_.number();
    seq = static_cast<std::uint32_t>(value);
    if (seq != value) in_.expect("a small number");
  }
  template <class F>
  void array(std::string_view key, F element) {
    if (!in_.member(key)) return;
    in_.expect("[");
    do {
      element();
    } while (in_.skip(","));
    in_.expect("]");
  }
  void list(std::string_view key, std::vector<std::string>& out) {
    array(key, [&] { out.push_back(in_.string()); });
  }
  void payloads(std::vector<PayloadRef>& out) {
    array("payloads", [&] {
      PayloadRef& ref = out.emplace_back();
      in_.expect("{\"id\":");
      ref.id = in_.number();
      in_.need("stream");
      ref.stream = in_.string();
      in_.need("size");
      ref.size = in_.number();
      in_.need("hmac");
      ref.hmac = hash();
      in_.expect("}");
    });
  }
  void streams(std::vector<StreamTotal>& out) {
    array("streams", [&] {
      StreamTotal& total = out.emplace_back();
      in_.expect("{\"stream\":");
      total.stream = in_.string();
      in_.need("chunks");
      total.chunks = in_.number();
      in_.need("bytes");
      total.bytes = in_.number();
      in_.need("digest");
      total.digest = hash();
      in_.expect("}");
    });
  }
  Cursor& in() { return in_; }

 private:
  Cursor& in_;
};

template <class Enum>
void named(Members& m, std::string_view key, std::initializer_list<Enum> values, Enum& out) {
  m.in().need(key);
  std::string name = m.in().string();
  for (Enum value : values) {
    if (to_string(value) != name) continue;
    out = value;
    return;
  }
  m.in().expect("a known name");
}

void decode(Members& m, IntentLeaf& leaf) {
  m.command(leaf.session, leaf.seq);
  m.list("actions", leaf.actions);
  m.list("objects", leaf.objects);
  m.number("objects_omitted", leaf.objects_omitted);
  if (m.in().member("payload_digest")) leaf.payload_digest = m.hash();
  named(m, "verdict", {Verdict::kAllow, Verdict::kApprove, Verdict::kDeny}, leaf.verdict);
  m.text("rule", leaf.rule);
  m.text("reason", leaf.reason);
  m.text("policy", leaf.policy);
  m.list("observed", leaf.observed);
  m.text("approval", leaf.approval);
  m.payloads(leaf.payloads);
}

void decode(Members& m, OutcomeLeaf& leaf) {
  m.command(leaf.session, leaf.seq);
  named(m, "completion",
        {Completion::kComplete, Completion::kFailed, Completion::kAborted, Completion::kUnknown},
        leaf.completion);
  m.text("status", leaf.status);
  m.text("detail", leaf.detail);
  m.number("rows", leaf.rows);
  m.number("bytes_in", leaf.bytes_in);
  m.number("bytes_out", leaf.bytes_out);
  m.number("masked", leaf.masked);
  m.number("duration_us", leaf.duration_us);
  m.streams(leaf.streams);
  m.payloads(leaf.payloads);
  m.flag("payloads_lost", leaf.payloads_lost);
}

void decode(Members& m, SessionOpenedLeaf& leaf) {
  m.session(leaf.session);
  m.text("protocol", leaf.protocol);
  m.text("target", leaf.target);
  m.text("issuer", leaf.issuer);
  m.text("subject", leaf.subject);
  m.list("actors", leaf.actors);
  m.list("groups", leaf.groups);
  m.list("roles", leaf.roles);
  m.text("policy", leaf.policy);
  m.text("client_address", leaf.client_address);
  m.text("crypto", leaf.crypto);
  m.text("auth_method", leaf.auth_method);
  m.text("credential_id", leaf.credential_id);
  m.number("expires_us", leaf.expires_us);
}

void decode(Members& m, SessionClosedLeaf& leaf) {
  m.session(leaf.session);
  m.text("reason", leaf.reason);
  m.number("bytes_in", leaf.bytes_in);
  m.number("bytes_out", leaf.bytes_out);
}

void decode(Members& m, LoginLeaf& leaf) {
  m.text("protocol", leaf.protocol);
  m.text("client_address", leaf.client_address);
  m.text("issuer", leaf.issuer);
  m.text("subject", leaf.subject);
  m.flag("accepted", leaf.accepted);
  m.text("reason", leaf.reason);
}

void decode(Members& m, ChangeLeaf& leaf) {
  m.text("change", leaf.change);
  m.text("subject", leaf.subject);
  m.text("before", leaf.before);
  m.text("after", leaf.after);
}

void decode(Members& m, ChunksLeaf& leaf) {
  m.command(leaf.session, leaf.seq);
  m.payloads(leaf.payloads);
}

void decode(Members& m, TruncatedLeaf& leaf) {
  m.command(leaf.session, leaf.seq);
  m.text("stream", leaf.stream);
  m.number("limit", leaf.limit);
}

void decode(Members& m, EventLeaf& leaf) {
  m.array("fields", [&] {
    m.in().expect("[");
    std::string name = m.in().string();
    m.in().expect(",");
    std::string value = m.in().string();
    m.in().expect("]");
    leaf.fields.emplace_back(std::move(name), std::move(value));
  });
}

std::optional<LeafBody> body_of_kind(const std::string& kind) {
  if (kind == "intent") return IntentLeaf{};
  if (kind == "outcome") return OutcomeLeaf{};
  if (kind == "session.opened") return SessionOpenedLeaf{};
  if (kind == "session.closed") return SessionClosedLeaf{};
  if (kind == "login") return LoginLeaf{};
  if (kind == "change") return ChangeLeaf{};
  if (kind == "payload.chunks") return ChunksLeaf{};
  if (kind == "payload.truncated") return TruncatedLeaf{};
  if (is_event_kind(kind)) return EventLeaf{kind, {}};
  return std::nullopt;
}

}  // namespace

Result<Leaf> decode_leaf(std::string_view bytes) {
  Error bad{ErrorCode::kMalformed, "the record does not follow the log's grammar"};
  Cursor in(bytes);
  Leaf leaf;
  in.expect("{\"n\":");
  leaf.header.n = in.number();
  in.need("time_us");
  leaf.header.time_us = in.number();
  in.need("mono_us");
  leaf.header.mono_us = in.number();
  in.need("boot");
  leaf.header.boot = in.string();
  in.need("kind");
  std::string kind = in.string();
  if (!in.ok()) return bad;
  auto body = body_of_kind(kind);
  if (!body) return bad;
  leaf.body = std::move(*body);
  Members members(in);
  std::visit([&](auto& value) { decode(members, value); }, leaf.body);
  in.expect("}");
  if (!in.done() || encode_leaf(leaf) != bytes) return bad;
  return leaf;
}

Result<CommandText> decode_command(std::string_view bytes) {
  Cursor in(bytes);
  CommandText out;
  in.expect("{\"text\":");
  out.text = in.string();
  in.need("attributes");
  in.expect("[");
  while (in.peek("[")) {
    in.expect("[");
    Attribute& attribute = out.attributes.emplace_back();
    attribute.name = in.string();
    in.expect(",");
    attribute.value = in.string();
    in.expect("]");
    if (!in.skip(",")) break;
  }
  in.expect("]}");
  if (!in.done() || encode_command(out.text, out.attributes) != bytes)
    return Error{ErrorCode::kMalformed, "the payload does not hold a command's text and facts"};
  return out;
}

}  // namespace sallyport::storage
