# What an agent sees. Sourced by tools/demo.

# A token with other claims: JWT header and claims of a good one, changed by a jq program, signed by a key.
mint() {
  local good=$1 change=$2 key=$3 head claims
  decode() { tr '_-' '/+' <<<"$1" | awk '{while (length % 4) $0 = $0 "="; print}' | base64 -d; }
  encode() { base64 -w0 | tr '/+' '_-' | tr -d =; }
  head=$(cut -d. -f1 <<<"$good")
  claims=$(decode "$(cut -d. -f2 <<<"$good")" | jq -cj "$change" | encode)
  printf '%s.%s' "$head" "$claims" >to-sign
  printf '%s.%s.%s' "$head" "$claims" \
    "$(openssl pkeyutl -sign -rawin -inkey "$key" -in to-sign | encode)"
}

walk_agent() {
  step 'The API refuses everybody without its own key'
  try "curl -s http://127.0.0.1:$nginx_port/v1/orders"
  expect 'wants its own key' 'nobody gets in directly'

  step 'An agent gets a token, and never the key'
  token=$(sallyport token issue --config $config --subject agent-1 --group agents --actor carol)
  printf '$ TOKEN=$(sallyport token issue --config %s --subject agent-1 --group agents --actor carol)\n' $config
  export TOKEN=$token
  try "curl -s -H \"Authorization: Bearer \$TOKEN\" $url/v1/orders"
  expect '"anvil"' 'the request is allowed'
  try "tail -1 api.jsonl | jq -c '.headers[]'"
  expect "$(cat api.key)" "the API received the broker's credential"
  expect_not "$token" "and nothing of the agent's"
  try "curl -s -H \"Authorization: Bearer \$TOKEN\" -d '{\"item\": \"kite\"}' $url/v1/orders"
  expect '"kite"' 'a new order is allowed as well'

  step 'What the policy forbids is refused, and says why'
  try "curl -s -i -X DELETE -H \"Authorization: Bearer \$TOKEN\" $url/v1/orders/7"
  expect '^HTTP/1.1 403' 'status 403'
  expect 'application/problem\+json' 'as problem+json'
  expect '"rule": ?"never-delete"' 'naming the rule'
  expect 'cancelled, never deleted' 'and its reason'
  denied=$(sed -n 's/.*"event": *\([0-9]*\).*/\1/p' <<<"$out")
  session=$(sed -n 's/.*"session": *"\([^"]*\)".*/\1/p' <<<"$out")
  try 'grep -c DELETE api.jsonl'
  expect '^0$' 'the API never saw it'

  step 'Expired and forged tokens'
  EXPIRED=$(mint "$token" '.iat -= 7200 | .exp = .iat + 900 | if .nbf then .nbf = .iat else . end' broker/keys/dev_issuer.pem)
  openssl genpkey -algorithm ed25519 -out forger.pem 2>/dev/null
  FORGED=$(mint "$token" '.groups = ["admin"]' forger.pem)
  export EXPIRED FORGED
  local kind
  for kind in EXPIRED FORGED; do
    try "curl -s -i -H \"Authorization: Bearer \$$kind\" $url/v1/orders"
    expect '^HTTP/1.1 401' 'status 401'
    expect '^[Ww][Ww][Ww]-[Aa]uthenticate: Bearer' 'with a challenge'
    expect_not 'expired|signature' 'and without the reason'
  done
  try "sqlite3 -readonly broker/data/audit.db \"SELECT subject, outcome, reason FROM logins\""
  expect 'expired' 'which is in the store'
}
