#include "core/json_writer.h"
#include "storage/leaf.h"

namespace sallyport::storage {
namespace {

// Leaves out what is empty or zero; JsonWriter does the rest.
class Members {
 public:
  explicit Members(std::string& out, std::string_view kind) : json_(out) {
    json_.begin_object();
    json_.text("kind", kind);
  }
  ~Members() { json_.end_object(); }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) json_.text(key, value);
  }
  void number(std::string_view key, std::uint64_t value) {
    if (value != 0) json_.number(key, value);
  }
  void hash(std::string_view key, const Hash& value) { json_.text(key, to_hex(as_text(value))); }
  void flag(std::string_view key, bool value) {
    if (value) json_.boolean(key, true);
  }
  void command(const SessionId& session, std::uint32_t seq) {
    json_.text("session", session.to_string());
    json_.number("seq", seq);
  }
  void list(std::string_view key, const std::vector<std::string>& values) {
    if (values.empty()) return;
    json_.begin_array(key);
    for (const std::string& value : values) json_.text({}, value);
    json_.end_array();
  }
  void payloads(const std::vector<PayloadRef>& refs) {
    if (refs.empty()) return;
    json_.begin_array("payloads");
    for (const PayloadRef& ref : refs) {
      json_.begin_object().number("id", ref.id).text("stream", ref.stream);
      json_.number("size", ref.size).text("hmac", to_hex(as_text(ref.hmac))).end_object();
    }
    json_.end_array();
  }
  void streams(const std::vector<StreamTotal>& totals) {
    if (totals.empty()) return;
    json_.begin_array("streams");
    for (const StreamTotal& total : totals) {
      json_.begin_object().text("stream", total.stream).number("chunks", total.chunks);
      json_.number("bytes", total.bytes).text("digest", to_hex(as_text(total.digest))).end_object();
    }
    json_.end_array();
  }
  void fields(const std::vector<std::pair<std::string, std::string>>& fields) {
    if (fields.empty()) return;
    json_.begin_array("fields");
    for (const auto& [name, value] : fields)
      json_.begin_array().text({}, name).text({}, value).end_array();
    json_.end_array();
  }

 private:
  JsonWriter json_;
};

void encode(Members& m, const IntentLeaf& leaf) {
  m.command(leaf.session, leaf.seq);
  m.list("actions", leaf.actions);
  m.list("objects", leaf.objects);
  m.number("objects_omitted", leaf.objects_omitted);
  if (leaf.payload_digest) m.hash("payload_digest", *leaf.payload_digest);
  m.text("verdict", to_string(leaf.verdict));
  m.text("rule", leaf.rule);
  m.text("reason", leaf.reason);
  m.text("policy", leaf.policy);
  m.list("observed", leaf.observed);
  m.text("approval", leaf.approval);
  m.payloads(leaf.payloads);
}

void encode(Members& m, const OutcomeLeaf& leaf) {
  m.command(leaf.session, leaf.seq);
  m.text("completion", to_string(leaf.completion));
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

void encode(Members& m, const SessionOpenedLeaf& leaf) {
  m.text("session", leaf.session.to_string());
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

void encode(Members& m, const SessionClosedLeaf& leaf) {
  m.text("session", leaf.session.to_string());
  m.text("reason", leaf.reason);
  m.number("bytes_in", leaf.bytes_in);
  m.number("bytes_out", leaf.bytes_out);
}

void encode(Members& m, const LoginLeaf& leaf) {
  m.text("protocol", leaf.protocol);
  m.text("client_address", leaf.client_address);
  m.text("issuer", leaf.issuer);
  m.text("subject", leaf.subject);
  m.flag("accepted", leaf.accepted);
  m.text("reason", leaf.reason);
}

void encode(Members& m, const ChangeLeaf& leaf) {
  m.text("change", leaf.change);
  m.text("subject", leaf.subject);
  m.text("before", leaf.before);
  m.text("after", leaf.after);
}

void encode(Members& m, const ChunksLeaf& leaf) {
  m.command(leaf.session, leaf.seq);
  m.payloads(leaf.payloads);
}

void encode(Members& m, const TruncatedLeaf& leaf) {
  m.command(leaf.session, leaf.seq);
  m.text("stream", leaf.stream);
  m.number("limit", leaf.limit);
}

void encode(Members& m, const EventLeaf& leaf) { m.fields(leaf.fields); }

}  // namespace

std::string encode_header(const LeafHeader& header) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().number("n", header.n).number("time_us", header.time_us);
  json.number("mono_us", header.mono_us).text("boot", header.boot);
  out.push_back(',');
  return out;
}

std::string encode_body(const LeafBody& body) {
  std::string out;
  out.reserve(512);
  {
    Members members(out, kind_of(body));
    std::visit([&](const auto& leaf) { encode(members, leaf); }, body);
  }
  out.erase(0, 1);
  return out;
}

std::string encode_leaf(const Leaf& leaf) {
  return encode_header(leaf.header) + encode_body(leaf.body);
}

std::string encode_command(std::string_view text, const std::vector<Attribute>& attributes) {
  std::string out;
  out.reserve(128 + text.size());
  JsonWriter json(out);
  json.begin_object().text("text", text).begin_array("attributes");
  for (const Attribute& attribute : attributes)
    json.begin_array().text({}, attribute.name).text({}, attribute.value).end_array();
  json.end_array().end_object();
  return out;
}

}  // namespace sallyport::storage
