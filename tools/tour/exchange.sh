# What an agent gets for clients that cannot carry a JWT. Sourced by tools/demo.

walk_exchange() {
  step 'A ticket for clients that take a password, and a certificate for ssh'
  BROKER=http://127.0.0.1:$broker_port
  sallyport token issue --config $config --subject agent-1 --group agents --actor carol >token
  printf '$ BROKER=%s\n' "$BROKER"
  try 'TICKET=$(sallyport token exchange --broker $BROKER --token-file token --target orders); echo $TICKET'
  expect '^spt_[A-Za-z0-9_-]{43}$' 'the ticket is all there is on standard output'
  ticket=$out
  TICKET=$ticket
  try "curl -s -o /dev/null -w '%{http_code}' -H \"Authorization: Bearer \$TICKET\" $url/v1/orders"
  expect '^200$' 'it is good once'
  try "curl -s -o /dev/null -w '%{http_code}' -H \"Authorization: Bearer \$TICKET\" $url/v1/orders"
  expect '^401$' 'and then spent'
  try 'grep -c $TICKET broker/data/*.db broker/log || true'
  expect_not ':[1-9]' 'neither store nor log has it'
  rm -f id id.pub id-cert.pub
  ssh-keygen -q -t ed25519 -N '' -f id
  try 'sallyport token exchange --broker $BROKER --token-file token --target orders --ssh-key id.pub'
  expect '^id-cert.pub$' 'the certificate stands beside its key'
  try 'ssh-keygen -L -f id-cert.pub'
  expect 'Key ID: "dev/agent-1 by carol"' 'it says who, and on whose hands'
  expect 'source-address 127.0.0.1/32' 'from where'
  expect '^ +orders$' 'and for which target'
}
