// The verifiers: each is given a text and an anchor and says whether there is a hit, exactly as
// docs/masking.md describes it. None looks further back than kLookBehindBytes, and none but those
// of JWTs and private keys looks past the first byte that cannot be part of a hit. Pure.
#pragma once

#include "policy/mask/text.h"

namespace sallyport::mask {

// Bytes [start, end); empty when there is no hit. `start` is where the hit would begin in either
// case, so that an undecided candidate can be held from there.
struct Span {
  std::size_t start = 0;
  std::size_t end = 0;
  // The hit is longer than its limit: it goes on as long as continues_jwt() or continues_pem() says
  // so, also past the end of the text.
  bool too_long = false;
};

Span find_card(Text& text, std::size_t anchor);
Span find_ssn(Text& text, std::size_t anchor);
Span find_bare_ssn(Text& text, std::size_t anchor);
Span find_email(Text& text, std::size_t anchor);
Span find_plus_phone(Text& text, std::size_t anchor);
Span find_phone(Text& text, std::size_t anchor);
Span find_paren_phone(Text& text, std::size_t anchor);
Span find_iban(Text& text, std::size_t anchor);
Span find_aws_key(Text& text, std::size_t anchor);
Span find_aws_secret(Text& text, std::size_t anchor);
Span find_jwt(Text& text, std::size_t anchor);
Span find_pem(Text& text, std::size_t anchor);
Span find_github_token(Text& text, std::size_t anchor);
Span find_slack_token(Text& text, std::size_t anchor);
Span find_slack_hook(Text& text, std::size_t anchor);
Span find_ipv4(Text& text, std::size_t anchor);

bool continues_jwt(char c);
bool continues_pem(char c);

// True when every byte is the same: a placeholder, not a secret.
bool one_character(std::string_view value);

}  // namespace sallyport::mask
