# A real PostgreSQL server, reached with psql. Sourced by tools/demo.

# The server refuses to run as root, and its own user may not look into this folder.
as_postgres() {
  if ((EUID == 0)); then (cd / && setpriv --reuid postgres --regid postgres --clear-groups "$@"); else "$@"; fi
}

start_postgres() {
  local bin
  bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -1)
  pg_port=$(port_like 5432) pg_broker_port=$(port_like 5433)
  pg_folder=$(mktemp -d)
  ((EUID != 0)) || chown postgres: "$pg_folder"
  as_postgres "$bin/initdb" -D "$pg_folder/data" -U postgres --no-sync -A trust >initdb.log
  openssl rand -hex 24 >pg.password
  cat >"$pg_folder/data/pg_hba.conf" <<'HBA'
local all postgres              trust
host  all app      127.0.0.1/32 scram-sha-256
HBA
  as_postgres "$bin/postgres" -D "$pg_folder/data" -p "$pg_port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories="$pg_folder" >postgres.log 2>&1 &
  children+=($!)
  directly="psql -XAtq -h $pg_folder -p $pg_port -U postgres"
  wait_until "$directly -c 'SELECT 1'"
  $directly -v ON_ERROR_STOP=1 <<SQL
CREATE ROLE app LOGIN PASSWORD '$(<pg.password)';
CREATE DATABASE shop OWNER app;
\\c shop
SET ROLE app;
CREATE TABLE customers (id int PRIMARY KEY, name text, email text, card text, ssn text);
INSERT INTO customers VALUES (1, 'Ada', 'ada@example.com', '4111 1111 1111 1111', '536-22-1841'),
  (2, 'Grace', 'grace@example.com', '5555555555554444', '219-09-9998');
CREATE TABLE parts (id int, name text);
INSERT INTO parts SELECT n, 'part ' || n FROM generate_series(1, 3) n;
SQL
}

# psql, as an agent calls it: the broker's address, the target's name, and the token as the password.
psql_environment() {
  export PGHOST=127.0.0.1 PGPORT=$pg_broker_port PGDATABASE=shop PGUSER=any PGPASSWORD=$TOKEN
  export PSQLRC=/dev/null PSQL_PAGER=cat
  printf '$ export PGHOST=%s PGPORT=%s PGDATABASE=shop PGUSER=any PGPASSWORD=$TOKEN\n' "$PGHOST" "$PGPORT"
}

walk_postgres() {
  step 'The same agent works on PostgreSQL with psql'
  psql_environment
  try "psql -c 'SELECT id, name FROM customers ORDER BY id'"
  expect '1 \| Ada' 'a query is answered'
  try "psql <<< 'DROP TABLE customers; SELECT count(*) AS still_there FROM customers;'"
  expect 'ERROR: .*never-drop' 'DROP TABLE is refused'
  expect 'migrations' 'for a reason'
  expect '"rule": ?"never-drop"' 'that a model can read, too,'
  expect 'still_there' 'and the session goes on'
  try "psql -c \"INSERT INTO parts VALUES (4, 'part 4'); DROP TABLE parts\""
  expect 'ERROR: .*never-drop' 'a text of which one statement is forbidden'
  try "psql -Atc 'SELECT count(*) FROM parts'"
  expect '^3$' 'is refused whole'

  step 'Copies, and Ctrl-C'
  try 'psql -c "\copy customers (id, name) TO customers.csv CSV" && cat customers.csv'
  expect '^2,Grace' 'out of the server'
  try 'printf "5,nut\n6,bolt\n" | psql -c "\copy parts FROM STDIN CSV"'
  expect '^COPY 2' 'and in'
  try "timeout --signal=INT 1 psql -c 'SELECT pg_sleep(60)'"
  expect 'canceling statement due to user request' 'Ctrl-C reaches the statement'

  step 'What the record has of it'
  try "psql -At <<< \"SELECT name, card FROM customers WHERE ssn = '219-09-9998';\""
  expect '5555555555554444' 'the agent may see personal data here'
  local pg_session
  pg_session=$(sqlite3 -readonly broker/data/audit.db \
    "SELECT id FROM sessions WHERE target = 'shop' ORDER BY started_at DESC LIMIT 1")
  try "sallyport replay $pg_session --config $config"
  expect 'SELECT name, card FROM customers WHERE ssn' 'the session as SQL with its results,'
  expect 'ssn_[a-z2-7]{16}' 'where a hash says that it was one and the same person each time'
  try "whole_record | grep -cE '$personal'"
  expect '^0$' 'and nothing says who'
  try "sqlite3 -readonly -box broker/data/audit.db \"SELECT DISTINCT subject, action, decision FROM commands, json_each(objects) WHERE json_each.value LIKE 'table:%customers' AND action LIKE '%read%' AND decision = 'allow' AND time >= date('now', '-1 day')\""
  expect 'agent-1.*read.*allow' 'who read customers since yesterday'
  unset PGHOST PGPORT PGDATABASE PGUSER PGPASSWORD
}
