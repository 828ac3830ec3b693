# Identities and credentials: tokens of a real identity provider, what they are exchanged for, and who may
# take access away. Sourced by tools/demo.

walk_tokens() {
  step "A workload's token comes from the identity provider"
  try "curl -s $idp/.well-known/openid-configuration | jq -c '{issuer, jwks_uri, token_endpoint}'"
  expect '"jwks_uri"' 'the broker finds the keys by discovery'
  get_token() { curl -s -u "$1" -d grant_type=client_credentials "$idp/token" | jq -r .access_token; }
  printf '$ TOKEN=$(curl -s -u build-agent:%s -d grant_type=client_credentials %s/token | jq -r .access_token)\n' \
    '***' "$idp"
  TOKEN=$(get_token "build-agent:$agent_secret")
  export TOKEN
  try "curl -s -H \"Authorization: Bearer \$TOKEN\" $url/v1/orders"
  expect '"anvil"' 'the token opens the target'

  step 'The provider rotates its keys, and nothing breaks'
  try "curl -s -X POST $idp/control/rotate"
  OLD=$TOKEN TOKEN=$(get_token "build-agent:$agent_secret")
  export OLD TOKEN
  try "curl -s -o /dev/null -w '%{http_code}\n' -H \"Authorization: Bearer \$TOKEN\" $url/v1/orders"
  expect '^200$' 'a token of the new key is accepted'
  try "curl -s -o /dev/null -w '%{http_code}\n' -H \"Authorization: Bearer \$OLD\" $url/v1/orders"
  expect '^200$' 'and so is one of the old key, which is still published'
}

walk_exchange() {
  step 'A ticket for clients that take a password, and a certificate for ssh'
  BROKER=http://127.0.0.1:$broker_port
  (umask 077; printf '%s\n' "$TOKEN" >token)
  printf '$ BROKER=%s\n' "$BROKER"
  try 'TICKET=$(sallyport token exchange --broker $BROKER --token-file token --target orders); echo $TICKET'
  expect '^spt_[A-Za-z0-9_-]{43}$' 'the ticket is all there is on standard output: PGPASSWORD=$(...)'
  TICKET=$out
  try "curl -s -o /dev/null -w '%{http_code}\n' -H \"Authorization: Bearer \$TICKET\" $url/v1/orders"
  expect '^200$' 'it is good once'
  try "curl -s -o /dev/null -w '%{http_code}\n' -H \"Authorization: Bearer \$TICKET\" $url/v1/orders"
  expect '^401$' 'and then spent'
  try 'grep -c $TICKET broker/data/*.db broker/log || true'
  expect_not ':[1-9]' 'neither store nor log has it'
  ssh-keygen -q -t ed25519 -N '' -f id
  try 'sallyport token exchange --broker $BROKER --token-file token --target orders --ssh-key id.pub'
  expect '^id-cert.pub$' 'the certificate stands beside its key'
  try 'ssh-keygen -L -f id-cert.pub'
  expect 'Key ID: "corp/build-agent"' 'it says who'
  expect 'source-address 127.0.0.1/32' 'from where'
  expect '^ +orders$' 'and for which target'
  try "sallyport ca show --config $config"
  expect '^ssh-ed25519 ' 'the key of its CA, for whoever verifies it'
}

walk_people() {
  step 'Two people, and what each may do'
  (umask 077; get_token "bob:$bob_secret" >bob.token)
  local socket=broker/run/admin.sock address=http://127.0.0.1:$admin_port
  try "curl -s --unix-socket $socket http://localhost/v1/whoami"
  expect '"admin"' 'the operator, known by the user id of the process'
  try "curl -s -H \"Authorization: Bearer \$(cat bob.token)\" $address/v1/whoami"
  expect '"auditor"' 'the auditor, known by a token of the provider'
  try "curl -s -o /dev/null -w '%{http_code}\n' -H \"Authorization: Bearer \$(cat bob.token)\" $address/v1/sessions"
  expect '^200$' 'the auditor reads'
  try "sallyport access disable build-agent --reason 'just trying' --broker $address --token-file bob.token"
  expect_status 1 'and changes nothing'

  step 'Taking access away'
  printf '$ curl %s/slow?seconds=30 &     # a request that would run for half a minute\n' "$url"
  curl -s -o slow.out -H "Authorization: Bearer $TOKEN" "$url/slow?seconds=30" &
  local slow=$! begun
  wait_until 'grep -q slow api.jsonl'
  begun=$(date +%s%N)
  try "sallyport access disable build-agent --reason 'runaway loop' --config $config"
  expect_status 0 'the operator may'
  wait "$slow" && status=0 || status=$?
  out="curl ended with status $status after $((($(date +%s%N) - begun) / 1000000)) ms"
  sed 's/^/    /' <<<"$out"
  expect 'status [1-9][0-9]* after [0-9]{1,3} ms' 'what was running is cut within a second'
  try "curl -s -o /dev/null -w '%{http_code}\n' -H \"Authorization: Bearer \$TOKEN\" $url/v1/orders"
  expect '^401$' 'and nothing new begins'
  try "sallyport access list --config $config"
  expect 'build-agent.*disabled' 'the list says so'
  try "sallyport access enable build-agent --config $config"
  try "curl -s -o /dev/null -w '%{http_code}\n' -H \"Authorization: Bearer \$TOKEN\" $url/v1/orders"
  expect '^200$' 'until it is let in again'
}
