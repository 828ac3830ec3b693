# Personal data and credentials that an answer, or an agent, lets slip. Sourced by tools/demo.

personal='4111 ?1111|5555555555554444|536-22-1841|219-09-9998|ada@|grace@|mallory@'

# Everything that one can get to see of the store, opened with its key.
whole_record() {
  local view session
  for view in sessions commands logins changes; do
    sqlite3 -readonly broker/data/audit.db "SELECT * FROM $view"
  done
  for session in $(sqlite3 -readonly broker/data/audit.db 'SELECT id FROM sessions'); do
    sallyport replay "$session" --format jsonl --config $config
  done
  strings -a broker/data/*
  cat broker/log
}

walk_masking() {
  step 'Personal data is masked on its way to the agent'
  try "curl -s -i --compressed http://127.0.0.1:$api_port/customers"
  expect '4111 1111 1111 1111' 'the API answers with cards,'
  expect 'Content-Encoding: gzip' 'compressed, and in chunks that cut them'
  try "curl -s --compressed -H \"Authorization: Bearer \$TOKEN\" $url/customers"
  expect '"name": "Grace"' 'the agent gets the customers'
  expect '"card": "\*\*\*\*"' 'without their cards'
  expect_not "$personal" 'their SSNs and addresses'
  try "curl -s --compressed -H \"Authorization: Bearer \$TOKEN\" $url/customers | jq -r '.customers[].email'"
  expect '^\*\*\*\*$' 'and what it gets is still JSON'

  step 'What an agent itself sends is kept masked, also when it is refused'
  try "curl -s -o /dev/null -w '%{http_code}' -X DELETE -H \"Authorization: Bearer \$TOKEN\" -d '{\"card\": \"4111 1111 1111 1111\"}' '$url/v1/orders?for=mallory%40example.com'"
  expect '^403$' 'a card in the body and an address in the URL of a refused request'
  try "sqlite3 -readonly broker/data/audit.db \"SELECT text FROM commands WHERE action LIKE '%delete%' ORDER BY event DESC LIMIT 1\""
  expect 'for=email_[a-z2-7]{16}' 'a keyed hash shows a reviewer who it was about each time, not who that is'
  try "whole_record | grep -cE '$personal'"
  expect '^0$' 'no view, replay, file or log holds any of it'

  step 'A target that echoes its credential'
  try "curl -s http://127.0.0.1:$nginx_port/debug/env -H \"Authorization: Bearer \$(cat api.key)\" | jq -c '.headers[] | select(.[0] == \"Authorization\")'"
  expect "$(cat api.key)" 'the API answers with every header it got'
  try "curl -s -H \"Authorization: Bearer \$TOKEN\" $url/debug/env"
  expect '"Authorization", "Bearer \*{48}"' 'the agent gets that without the key'
  try 'whole_record | grep -cFf api.key'
  expect '^0$' 'and so does the record'
}
