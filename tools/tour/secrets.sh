# Where the API's own key is, and that nobody finds it there. Sourced by tools/demo.

walk_secrets() {
  step 'The API'"'"'s key, sealed in the store'
  try "sallyport secret list --config $config"
  expect 'secret:orders +token +sealed +1 ' 'the configuration has a name, the store the value'
  try "grep -n 'secret:orders' $config"
  expect 'secret:orders' 'and this is all that stands in the configuration'
  try 'for file in broker/data/*; do strings -a $file | grep -cF "$(cat api.key)"; done | sort -u'
  expect '^0$' 'strings on every file of the store does not find it'
  try "sallyport secret set orders --config $config <api.key"
  expect 'version 2' 'a new version needs no reload'
  try "curl -s -o /dev/null -w '%{http_code}' -H \"Authorization: Bearer \$(cat token)\" $url/v1/orders"
  expect '^200$' 'and goes out with the next request'
  try 'sqlite3 -readonly broker/data/audit.db "SELECT name, version, created_by, uses > 0 FROM secrets"'
  expect 'orders\|2\|.*\|1' 'which version was used is on record'
}
