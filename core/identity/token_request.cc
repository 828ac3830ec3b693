#include "core/identity/token_request.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "core/identity/limits.h"

namespace sallyport::identity {
namespace {

constexpr std::string_view kGrant = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kTokenTypePrefix = "urn:ietf:params:oauth:token-type:";

OAuthError invalid_request(std::string description) {
  return {"invalid_request", std::move(description)};
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 6749 Appendix B. Nothing for a malformed escape.
std::optional<std::string> decode_form(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

// Files come with a newline at their end; inside, no value of ours has one.
std::string trimmed(const std::string& text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

class Parameters {
 public:
  // An error, or nothing.
  std::optional<OAuthError> parse(std::string_view form) {
    std::size_t count = 0;
    while (!form.empty()) {
      const std::size_t end = form.find('&');
      const std::string_view pair = form.substr(0, end);
      form = end == std::string_view::npos ? std::string_view() : form.substr(end + 1);
      if (pair.empty()) continue;
      if (++count > kFormParameters) return invalid_request("There are too many parameters.");
      const std::size_t equals = pair.find('=');
      const auto name = decode_form(pair.substr(0, equals));
      const auto value = decode_form(equals == std::string_view::npos ? std::string_view()
                                                                      : pair.substr(equals + 1));
      if (!name || !value) return invalid_request("The form has a malformed escape.");
      if (auto wrong = add(*name, trimmed(*value))) return wrong;
    }
    return std::nullopt;
  }

  std::string get(std::string_view name) const {
    for (const auto& [known, value] : list_)
      if (known == name) return value;
    return {};
  }

 private:
  std::optional<OAuthError> add(const std::string& name, std::string value) {
    for (const auto& known : list_)
      if (known.first == name) return invalid_request("A parameter stands more than once.");
    if (has_control(value)) return invalid_request("A parameter has a control character in it.");
    list_.emplace_back(name, std::move(value));
    return std::nullopt;
  }
  std::vector<std::pair<std::string, std::string>> list_;
};

// Decimal without sign; nothing when it is not one, or too large.
std::optional<std::uint32_t> number(const std::string& text) {
  std::uint32_t out = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, out);
  if (error != std::errc() || end != last) return std::nullopt;
  return out;
}

std::optional<OAuthError> check_subject_token(const Parameters& form) {
  if (form.get("subject_token").empty()) return invalid_request("subject_token is missing.");
  const std::string type = form.get("subject_token_type");
  if (type.empty()) return invalid_request("subject_token_type is missing.");
  if (type == kTicketType) return invalid_request("A ticket cannot be exchanged again.");
  std::string_view kind = type;
  if (kind.starts_with(kTokenTypePrefix)) {
    kind.remove_prefix(kTokenTypePrefix.size());
    if (kind == "jwt" || kind == "access_token" || kind == "id_token") return std::nullopt;
    if (kind.starts_with("saml"))
      return invalid_request("SAML assertions are not yet supported; exchange a JWT.");
  }
  return invalid_request(
      "This subject_token_type is not supported; it may be "
      "urn:ietf:params:oauth:token-type:jwt, :access_token or :id_token.");
}

std::optional<OAuthError> read_kind(const Parameters& form, TokenRequest& request) {
  request.ssh_public_key = form.get("ssh_public_key");
  const std::string type = form.get("requested_token_type");
  request.certificate = type.empty() ? !request.ssh_public_key.empty() : type == kCertificateType;
  if (!type.empty() && type != kTicketType && type != kCertificateType)
    return invalid_request(
        "This requested_token_type is not made here; it may be urn:sallyport:token-type:ticket "
        "or urn:sallyport:token-type:ssh-certificate.");
  if (request.certificate && request.ssh_public_key.empty())
    return invalid_request("ssh_public_key is missing: a certificate needs a key.");
  if (!request.certificate && !request.ssh_public_key.empty())
    return invalid_request("A ticket has no ssh_public_key.");
  return std::nullopt;
}

std::optional<OAuthError> read_bounds(const Parameters& form, TokenRequest& request) {
  if (const std::string uses = form.get("uses"); !uses.empty()) {
    request.uses = number(uses);
    if (request.certificate) return invalid_request("A certificate has no uses.");
    if (!request.uses || *request.uses < 1 || *request.uses > kTicketUses)
      return invalid_request("uses is a number from 1 to 100.");
  }
  if (const std::string lifetime = form.get("expires_in"); !lifetime.empty()) {
    const auto seconds = number(lifetime);
    const auto most = request.certificate ? kMostCertificateLifetime : kMostTicketLifetime;
    if (!seconds || *seconds < 1 || std::chrono::seconds(*seconds) > most)
      return invalid_request(
          "expires_in is a number of seconds: 1 to 900 for a ticket, 1 to 600 for a certificate.");
    request.lifetime = std::chrono::seconds(*seconds);
  }
  request.role = form.get("scope");
  if (request.role.find(' ') != std::string::npos)
    return OAuthError{"invalid_scope", "scope is the name of one role."};
  return std::nullopt;
}

}  // namespace

std::variant<TokenRequest, OAuthError> parse_token_request(std::string_view form) {
  Parameters parameters;
  if (auto wrong = parameters.parse(form)) return *wrong;
  const std::string grant = parameters.get("grant_type");
  if (grant.empty()) return invalid_request("grant_type is missing.");
  if (grant != kGrant)
    return OAuthError{"unsupported_grant_type",
                      "grant_type is urn:ietf:params:oauth:grant-type:token-exchange."};
  if (!parameters.get("actor_token").empty() || !parameters.get("actor_token_type").empty())
    return invalid_request(
        "actor_token is not supported: delegation comes with `act` in the subject_token.");
  if (auto wrong = check_subject_token(parameters)) return *wrong;
  TokenRequest request;
  request.subject_token = parameters.get("subject_token");
  if (auto wrong = read_kind(parameters, request)) return *wrong;
  if (auto wrong = read_bounds(parameters, request)) return *wrong;
  request.audience = parameters.get("audience");
  const std::string resource = parameters.get("resource");
  if (!request.audience.empty() && !resource.empty() && request.audience != resource)
    return OAuthError{"invalid_target", "audience and resource name different targets."};
  if (request.audience.empty()) request.audience = resource;
  return request;
}

std::optional<std::string> target_of(std::string_view audience, std::string_view base_url,
                                     std::string_view base_domain) {
  const std::size_t scheme_end = audience.find("://");
  if (scheme_end == std::string_view::npos) return std::string(audience);
  if (base_url.empty()) return std::nullopt;
  if (audience.find_first_of("?#") != std::string_view::npos) return std::nullopt;
  if (audience.starts_with(base_url)) {
    std::string_view path = audience.substr(base_url.size());
    if (path.empty()) return std::string();
    if (path.front() == '/') return std::string(path.substr(1, path.find('/', 1) - 1));
  }
  if (base_domain.empty() || audience.substr(0, scheme_end) != base_url.substr(0, scheme_end))
    return std::nullopt;
  std::string_view host = audience.substr(scheme_end + 3);
  host = host.substr(0, host.find_first_of("/:"));
  if (host == base_domain) return std::string();
  if (host.size() <= base_domain.size() + 1 || !host.ends_with(base_domain)) return std::nullopt;
  host.remove_suffix(base_domain.size());
  if (host.back() != '.') return std::nullopt;
  host.remove_suffix(1);
  return std::string(host);
}

}  // namespace sallyport::identity
