# What the people who run the broker see. Sourced by tools/demo.

walk_operator() {
  step 'What the operator sees'
  try "sallyport sessions list --config $config"
  expect "$session" 'the session is listed'
  try "sallyport sessions show $session --config $config"
  expect 'DELETE /v1/orders/7' 'with what was done in it'
  expect 'carol' 'and on whose hands the agent ran'
  try "sallyport replay $session --config $config"
  expect 'kite' 'the exchange can be read again'
  try "sallyport replay $session --config $config --format har > session.har"
  try "jq -c '.log.entries[] | [.request.method, .request.url, .response.status]' session.har"
  expect '"POST".*,201' 'also by any HAR viewer (demo/session.har)'
  try "curl -s http://127.0.0.1:$admin_port/metrics | grep '^sallyport.*command' | head -5"
  expect 'sallyport' 'metrics for Prometheus'
}
