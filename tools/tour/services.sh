# The real services of the tour and the broker in front of them. Sourced by tools/demo.

# Everything of the tour lives in one folder, made anew each time.
start_api() {
  rm -rf demo
  mkdir -p demo/nginx
  cd demo
  api_port=$(port_like 9001) nginx_port=$(port_like 9000)
  broker_port=$(port_like 8080) admin_port=$(port_like 8081)
  openssl rand -hex 24 >api.key
  local user=''
  ((EUID == 0)) && user='user root;'
  cat >nginx/nginx.conf <<NGINX
daemon off; worker_processes 1; $user
pid $PWD/nginx/pid; error_log $PWD/nginx/error.log;
events {}
http {
  access_log $PWD/nginx/access.log;
  client_body_temp_path $PWD/nginx/body; proxy_temp_path $PWD/nginx/proxy;
  fastcgi_temp_path $PWD/nginx/f; uwsgi_temp_path $PWD/nginx/u; scgi_temp_path $PWD/nginx/s;
  server {
    listen 127.0.0.1:$nginx_port;
    location / {
      # The API's own credential. The broker has it; agents do not.
      if (\$http_authorization != "Bearer $(cat api.key)") { return 401 "the API wants its own key\n"; }
      proxy_pass http://127.0.0.1:$api_port;
      proxy_set_header Host \$http_host;
    }
  }
}
NGINX
  python3 ../tests/e2e/support/json_api.py "$api_port" api.jsonl &
  children+=($!)
  nginx -p "$PWD/nginx" -c "$PWD/nginx/nginx.conf" -e "$PWD/nginx/error.log" &
  children+=($!)
  wait_for "http://127.0.0.1:$nginx_port/"
}

# A real OpenID Connect provider: the company's. Who asks for a token shows a secret of its own there.
start_idp() {
  idp_port=$(port_like 9002)
  agent_secret=$(openssl rand -hex 16) bob_secret=$(openssl rand -hex 16)
  node ../tests/idp/provider.mjs --port "$idp_port" --client "build-agent:$agent_secret:agents" \
    --client "bob:$bob_secret" >idp.url 2>idp.log &
  children+=($!)
  wait_for "http://127.0.0.1:$idp_port/.well-known/openid-configuration"
  idp=$(cat idp.url)
}

start_broker() {
  sallyport init broker
  # What an operator edits: the target with its credential, and the addresses.
  sed -i -e "s|127.0.0.1:8080, tls: off|127.0.0.1:$broker_port, tls: off|" \
    -e "s|# address: 127.0.0.1:8081|address: 127.0.0.1:$admin_port|" \
    -e 's|- name: example|- name: orders|' \
    -e "s|url: http://127.0.0.1:8000\$|url: http://127.0.0.1:$nginx_port\\n    credential: {header: Authorization, value: \"Bearer secret:orders\"}|" \
    -e "s|^  http: {address.*|&\\n  postgres: {address: 127.0.0.1:$pg_broker_port, tls: off, allow_plaintext_loopback: true}|" \
    -e "s|^targets:|&\\n  - {name: shop, protocol: postgres, address: 127.0.0.1:$pg_port, database: shop, tls: {mode: off},\\n     credential: {username: app, password: \"secret:shop\"}}|" \
    -e "s|^  issuers:|&\\n    - {name: corp, type: oidc, issuer: \"$idp\", audience: sallyport}|" \
    -e "s|^    # - {issuer: dev, subject: bob.*|    - {issuer: corp, subject: bob, groups: [auditor]}|" \
    broker/sallyport.yaml
  sallyport secret set orders --config broker/sallyport.yaml --kind token <api.key
  sallyport secret set shop --config broker/sallyport.yaml --kind password <pg.password
  cat >broker/policy.yaml <<'POLICY'
version: 1
roles:
  - name: order-desk
    groups: [agents]
    targets: [orders]
    rules: [reads, writes, never-delete]
  - name: shop-desk
    groups: [agents]
    targets: [shop]
    rules: [looks, stock, never-drop]
rules:
  - id: reads
    when: {action: read}
    effect: allow
    mask: [card, ssn, email]
  - id: writes
    when: {action: write, http.path: ["/v1/orders", "/v1/orders/*"]}
    effect: allow
  - id: never-delete
    when: {action: delete}
    effect: deny
    reason: Orders are cancelled, never deleted.
  - id: looks
    when: {action: [read, transfer], not: {action: write}}
    effect: allow
  - id: stock
    when: {action: [write, transfer], sql.writes: public.parts}
    effect: allow
  - id: never-drop
    when: {action: define}
    effect: deny
    reason: Tables change by migrations.
POLICY
  sallyport check --config broker/sallyport.yaml
  sallyport serve --config broker/sallyport.yaml 2>broker/log &
  broker=$!
  children+=("$broker")
  wait_for "http://127.0.0.1:$admin_port/readyz"
  url=http://127.0.0.1:$broker_port/orders
  config=broker/sallyport.yaml
}
