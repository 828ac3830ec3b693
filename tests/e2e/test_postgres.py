"""PostgreSQL through the broker with psql: logging in, statements allowed and refused, COPY, cancel."""

import json
import random
import signal
import socket
import ssl
import struct
import subprocess
import threading

import pytest

from support.postgres import PASSWORD, target
from support.process import wait_until
from support.psql import environment, psql

# How many sessions of the server are in a pg_sleep.
SLEEPING = ("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(%'"
            " AND pid <> pg_backend_pid()")


def ask(pg, text, *arguments, **more):
    return psql(pg, pg.pg_token, text, *arguments, **more)


def test_a_query_goes_through_and_is_on_the_record(pg):
    done = ask(pg, "SELECT id, name FROM customers WHERE id = 7;")
    assert (done.returncode, done.stdout) == (0, "7|name 7\n"), done.stderr
    row = pg.settle().commands()[0]
    assert row["text"].startswith("SELECT id, name") and row["status"] == "SELECT 1"
    assert row["rows"] == 1 and row["decision"] == "allow" and row["protocol"] == "postgres"
    session = pg.store.query("SELECT * FROM sessions")[0]
    assert session["subject"] == "agent-7" and session["target"] == "orders-db"
    assert pg.verify().returncode == 0


def test_the_token_and_the_password_are_nowhere_in_the_store(pg):
    ask(pg, "SELECT 1;")
    pg.settle()
    stored = b"".join(path.read_bytes() for path in pg.store.directory.rglob("*") if path.is_file())
    assert pg.pg_token.encode() not in stored and PASSWORD.encode() not in stored
    assert pg.pg_token not in pg.log() and PASSWORD not in pg.log()


def test_the_database_s_own_log_names_the_session(pg):
    done = ask(pg, "SELECT current_setting('application_name');", PGAPPNAME="mine")
    session = pg.store.value("SELECT id FROM sessions")
    assert done.stdout.strip() == f"sallyport {session} agent-7 mine"


@pytest.mark.parametrize("how, sqlstate, words", [
    ({"PGPASSWORD": "not-a-token"}, "28P01", "not a valid token"),
    ({"PGDATABASE": "nowhere"}, "3D000", "no target"),
    ({"PGDATABASE": "orders"}, "3D000", "no target"),  # one that speaks HTTP
    ({"PGDATABASE": "orders-db/nowhere"}, "3D000", "no such database"),
    ({"PGOPTIONS": "-c search_path=evil"}, "0A000", "search_path"),
    ({"PGOPTIONS": "-c role=postgres"}, "0A000", "role"),
    ({"PGCLIENTENCODING": "SJIS"}, "0A000", "client_encoding"),
    ({"PGDATABASE": "replication=database dbname=orders-db"}, "0A000", "replication"),
])
def test_a_login_that_cannot_be_is_told_why(pg, how, sqlstate, words):
    arguments = [how.pop("PGDATABASE")] if "=" in how.get("PGDATABASE", "") else []
    done = ask(pg, "SELECT 1;", *arguments, **how)
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert ("FATAL:  " + sqlstate) in done.stderr or "FATAL:" in done.stderr


def test_another_database_can_be_chosen(pg):
    assert ask(pg, "SELECT current_database();", PGDATABASE="orders-db/template1").stdout == "template1\n"


def test_identities_without_a_role_and_expired_tokens_get_no_session(pg, make_broker):
    stranger = psql(pg, pg.token(groups=("strangers",)), "SELECT 1;")
    assert "no role that opens it" in stranger.stderr
    old = pg.forge(exp=1)
    assert "not a valid token" in psql(pg, old, "SELECT 1;").stderr
    assert [row["outcome"] for row in pg.store.query("SELECT outcome FROM logins ORDER BY time")]


def test_tls_is_asked_for_and_verified_by_the_client(pg, world):
    done = ask(pg, "SELECT 1;", PGHOST="localhost", PGSSLMODE="verify-full",
               PGSSLROOTCERT=world.authority.certificate)
    assert done.stdout == "1\n", done.stderr
    assert pg.store.value("SELECT count(*) FROM sessions") == 1


def test_a_token_in_the_clear_is_taken_on_loopback_only_when_configured(make_pg):
    def change(config):
        config["listen"]["postgres"]["allow_plaintext_loopback"] = False
    broker = make_pg(change)
    done = psql(broker, broker.token(), "SELECT 1;", PGSSLMODE="disable")
    assert done.returncode == 2 and "only taken inside TLS" in done.stderr
    assert psql(broker, broker.token(), "SELECT 1;").stdout == "1\n"


def test_bytes_behind_an_ssl_request_end_the_connection(pg):
    with socket.create_connection(("127.0.0.1", pg.pg_port), 10) as wire:
        wire.sendall(struct.pack("!II", 8, 80877103) + b"Q\0\0\0\x0bselect\0")
        assert wire.recv(100) == b""


def test_gss_is_declined_and_each_request_is_taken_once(pg):
    with socket.create_connection(("127.0.0.1", pg.pg_port), 10) as wire:
        wire.sendall(struct.pack("!II", 8, 80877104))
        assert wire.recv(1) == b"N"
        wire.sendall(struct.pack("!II", 8, 80877104))
        assert b"second GSSENCRequest" in wire.recv(1000)


def test_tls_from_the_first_byte_with_alpn(pg, world):
    context = ssl.create_default_context(cafile=str(world.authority.certificate))
    context.set_alpn_protocols(["postgresql"])
    with socket.create_connection(("127.0.0.1", pg.pg_port), 10) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as wire:
            body = struct.pack("!I", 3 << 16) + b"user\0x\0database\0orders-db\0\0"
            wire.sendall(struct.pack("!I", len(body) + 4) + body)
            assert wire.recv(9) == b"R\0\0\0\x08\0\0\0\x03"  # a password is asked for
    context.set_alpn_protocols(["http/1.1"])
    with socket.create_connection(("127.0.0.1", pg.pg_port), 10) as plain:
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(plain, server_hostname="localhost")


def test_an_idle_connection_does_not_keep_others_out(pg):
    idle = [socket.create_connection(("127.0.0.1", pg.pg_port)) for _ in range(50)]
    assert ask(pg, "SELECT 1;").stdout == "1\n"
    for wire in idle:
        wire.close()


def test_the_protocol_s_newer_versions_are_negotiated(pg):
    for asked, told in ((3 << 16 | 9999, 3 << 16 | 2), (3 << 16 | 1, 3 << 16)):
        with socket.create_connection(("127.0.0.1", pg.pg_port), 10) as wire:
            body = struct.pack("!I", asked) + b"user\0x\0database\0orders-db\0_pq_.x\0001\0\0"
            wire.sendall(struct.pack("!I", len(body) + 4) + body)
            answer = wire.recv(100)
            assert answer[:1] == b"v" and struct.unpack("!II", answer[5:13]) == (told, 1)
            assert answer[13:20] == b"_pq_.x\0"


@pytest.mark.parametrize("settings, works", [
    ({"username": "plain", "tls": {"mode": "off"}}, True),
    ({"username": "app", "tls": {"mode": "off"}}, False),  # the server insists on TLS
    ({"username": "legacy", "methods": ["md5"]}, True),
    ({"username": "legacy"}, False),
    ({"username": "clear", "methods": ["password"]}, True),
    ({"username": "clear"}, False),
    ({"username": "trusting", "password": None}, True),
    ({"username": "trusting"}, False),  # a server that asks for nothing proves nothing
    ({"username": "app", "tls": {"mode": "require"}}, True),
    ({"username": "app", "tls": {"mode": "verify-full"}}, False),  # not the system's authority
    ({"username": "app", "password": "file:keys/api.secret"}, False),
])
def test_the_broker_logs_in_only_as_the_target_s_configuration_allows(make_pg, world, settings, works):
    broker = make_pg(lambda config: config["targets"].append(target(world, "other", **settings)))
    done = psql(broker, broker.token(), "SELECT current_user;", PGDATABASE="other")
    if works:
        assert done.stdout == settings["username"] + "\n", done.stderr
    else:
        assert done.returncode == 2 and "FATAL:" in done.stderr and done.stdout == ""
        assert PASSWORD not in done.stderr and str(world.postgres.port) not in done.stderr


def test_a_client_certificate_is_shown_to_the_target(make_pg, world):
    certificate, key = world.authority.issue("certified", use="clientAuth")
    tls = {"mode": "verify-full", "ca": str(world.authority.certificate), "certificate": str(certificate),
           "key": str(key)}
    broker = make_pg(lambda config: config["targets"].append(
        target(world, "other", username="certified", password=None, tls=tls)))
    done = psql(broker, broker.token(), "SELECT current_user;", PGDATABASE="other")
    assert done.stdout == "certified\n", done.stderr + broker.log()[-2000:]


def test_a_refused_statement_is_told_like_postgresql_does_and_the_session_goes_on(pg):
    done = ask(pg, "DROP TABLE customers;\nSELECT 'still here';")
    assert "ERROR:  42501: Denied by rule no-drop" in done.stderr
    assert done.stdout == "still here\n"
    detail = json.loads(done.stderr.split("DETAIL:  ")[1].splitlines()[0])
    assert detail["code"] == "denied" and detail["rule"] == "no-drop"
    row = pg.commands("decision = 'deny'")[0]
    assert row["event"] == detail["event"] and row["text"].startswith("DROP TABLE")


def test_a_text_of_which_one_statement_is_refused_is_refused_whole(pg):
    ask(pg, "SELECT 1 \\; INSERT INTO notes VALUES (1, 'x') \\; DROP TABLE notes;", "-v", "ON_ERROR_STOP=0")
    assert ask(pg, "SELECT count(*) FROM notes;").stdout == "0\n"


def test_a_refusal_aborts_a_transaction_as_an_error_does(pg):
    done = ask(pg, """
BEGIN; INSERT INTO notes VALUES (1, 'lost');
DROP TABLE notes;
SELECT 'aborted';
COMMIT;
SELECT count(*) FROM notes;
""")
    assert "25P02" in done.stderr and done.stdout == "0\n", (done.stdout, done.stderr)


def test_savepoints_and_on_error_rollback_survive_a_refusal(pg):
    done = ask(pg, """
\\set ON_ERROR_ROLLBACK on
BEGIN;
INSERT INTO notes VALUES (2, 'kept');
DROP TABLE notes;
SAVEPOINT a;
DROP TABLE notes;
ROLLBACK TO a;
COMMIT;
SELECT body FROM notes WHERE id = 2;
DELETE FROM notes;
""")
    assert done.stdout == "kept\n", (done.stdout, done.stderr)


def test_copy_in_and_out(pg, tmp_path):
    out = tmp_path / "customers.tsv"
    done = ask(pg, f"\\copy customers TO '{out}'\nCREATE TEMP TABLE c2 (LIKE customers);\n"
                   f"\\copy c2 FROM '{out}'\nSELECT count(*) FROM c2;")
    assert done.stdout.splitlines()[-1] == "500", done.stderr
    assert len(out.read_text().splitlines()) == 500
    rows = pg.settle().commands("text LIKE 'COPY%'")
    assert [row["status"] for row in rows] == ["COPY 500", "COPY 500"]
    assert rows[1]["bytes_in"] > out.stat().st_size


def test_a_copy_that_fails_leaves_the_session_usable(pg):
    done = ask(pg, "CREATE TEMP TABLE n (id int);\n\\copy n FROM '/etc/passwd'\nSELECT 'on';")
    assert "22P02" in done.stderr and done.stdout == "on\n"


def test_ctrl_c_cancels_at_the_server(pg, world):
    child = subprocess.Popen(["psql", "-XAtqc", "SELECT pg_sleep(60)"], text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=environment(pg, pg.pg_token))
    wait_until(lambda: world.postgres.sql("postgres", SLEEPING) == "1")
    child.send_signal(signal.SIGINT)
    _, error = child.communicate(timeout=10)
    assert "canceling statement due to user request" in error
    wait_until(lambda: world.postgres.sql("postgres", SLEEPING) == "0")
    assert pg.settle().commands()[0]["status"] == "57014"


def test_a_cancel_request_with_another_key_does_nothing(pg):
    with socket.create_connection(("127.0.0.1", pg.pg_port), 10) as wire:
        wire.sendall(struct.pack("!IIII", 16, 80877102, 1, 1))
        assert wire.recv(10) == b""


def test_large_values_and_results_pass(pg):
    assert len(ask(pg, "SELECT repeat('x', 3000000);").stdout) == 3_000_001
    done = ask(pg, "SELECT repeat('y', 100000) FROM generate_series(1, 300);", timeout=60)
    assert len(done.stdout) == 300 * 100_001


def test_what_the_agent_saw_can_be_replayed(pg):
    ask(pg, "SELECT id, name FROM customers WHERE id < 3 ORDER BY id; SELECT 1/0;")
    session = pg.settle().store.value("SELECT id FROM sessions")
    text = pg.cli("replay", session).stdout
    assert "name 1" in text and "name 2" in text and "division by zero" in text
    lines = [json.loads(line) for line in pg.cli("replay", session, "--format", "jsonl").stdout.splitlines()]
    assert lines[0]["rows"] == [["1", "name 1"], ["2", "name 2"]]
    assert lines[0]["columns"][0][0] == {"name": "id", "type": "integer"}
    assert pg.cli("replay", session, "--format", "har").returncode == 2


def test_a_killed_session_ends_at_once_on_both_sides(pg, world):
    child = subprocess.Popen(["psql", "-XAtqc", "SELECT pg_sleep(60)"], text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=environment(pg, pg.pg_token))
    session = wait_until(lambda: [s for s in pg.sessions() if s["commands"]], 10, "the session")[0]["id"]
    assert pg.cli("sessions", "kill", session).returncode == 0
    _, error = child.communicate(timeout=10)
    assert "The session has ended (killed)" in error
    wait_until(lambda: pg.store.value("SELECT end_reason FROM sessions") == "killed")
    wait_until(lambda: world.postgres.sql("postgres", SLEEPING) == "0", 10, "the server to stop")


def test_an_idle_session_ends_with_a_clear_error(make_pg):
    def change(config):
        config["targets"][-1]["limits"] = {"idle": "1s"}
    broker = make_pg(change)
    child = subprocess.Popen(["psql", "-XAtq"], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=environment(broker, broker.token()), bufsize=1)
    child.stdin.write("SELECT pg_sleep(2);\nSELECT 'worked';\n")  # working is not idling
    assert child.stdout.readline() == "\n" and child.stdout.readline() == "worked\n"
    wait_until(lambda: broker.store.value("SELECT end_reason FROM sessions") == "idle")
    _, error = child.communicate("SELECT 'after';\n", timeout=10)
    assert "idle for too long" in error


def test_what_is_kept_of_results_is_the_target_s_setting(make_pg):
    for setting, kept in (("head", 100), ("none", 0)):
        def change(config, how=setting):
            config["targets"][-1]["audit"] = {"record_payloads": how}
        broker = make_pg(change)
        psql(broker, broker.token(), "SELECT name FROM customers;")
        session = broker.settle().store.value("SELECT id FROM sessions")
        line = json.loads(broker.cli("replay", session, "--format", "jsonl").stdout)
        assert len(line["rows"]) == kept and line["rows"][:1] in ([["name 1"]], [])
        assert broker.stop() == 0


def test_overlapped_reads_are_answered_after_they_are_on_the_record(make_pg):
    def change(config):
        config["targets"][-1]["audit"] = {"durability": "overlapped"}
    broker = make_pg(change)
    done = psql(broker, broker.token(), "SELECT 1;\nSELECT 2;")
    assert done.stdout == "1\n2\n"
    assert [row["status"] for row in broker.settle().commands()] == ["SELECT 1", "SELECT 1"]


def test_with_the_store_full_nothing_runs_but_cancel_and_rollback(make_pg, small_disk, world):
    broker = make_pg(prepare=lambda b: small_disk("40m", b.directory / "data"))
    token = broker.token()
    child = subprocess.Popen(["psql", "-XAtq", "-v", "VERBOSITY=sqlstate"], text=True, bufsize=1,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             env=environment(broker, token))
    child.stdin.write("BEGIN; INSERT INTO notes VALUES (77, 'x'); SELECT 'in';\n")
    assert child.stdout.readline() == "in\n"
    sleeper = subprocess.Popen(["psql", "-XAtqc", "SELECT pg_sleep(60)"], text=True, stderr=subprocess.PIPE,
                               stdout=subprocess.PIPE, env=environment(broker, token))
    wait_until(lambda: world.postgres.sql("postgres", SLEEPING) == "1")
    filler = broker.directory / "data/filler"
    with filler.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(b"x" * 65536)
        except OSError:
            pass
    answers = set()  # the store's files still have some room of their own
    for _ in range(2000):
        child.stdin.write(f"INSERT INTO notes VALUES (78, '{random.randbytes(2000).hex()}');\n\\warn :SQLSTATE\n")
        answers.add(child.stdout.readline())
        if not answers <= {"00000\n"}:
            break
    assert answers - {"00000\n"} == {"ERROR:  58030\n"} and child.stdout.readline() == "58030\n"
    child.stdin.write("ROLLBACK;\n\\warn :SQLSTATE\n")
    assert child.stdout.readline() == "00000\n"
    assert world.postgres.sql("postgres", SLEEPING) == "1"
    sleeper.send_signal(signal.SIGINT)
    _, error = sleeper.communicate(timeout=10)  # the outcome may be what cannot be recorded
    assert "user request" in error or "cannot record" in error
    wait_until(lambda: world.postgres.sql("postgres", SLEEPING) == "0")
    filler.unlink()
    wait_until(lambda: broker.admin("/readyz").status == 200, 20, "readiness", 0.2)
    child.stdin.write("SELECT count(*) FROM notes;\n")
    assert child.stdout.readline() == "0\n"
    child.communicate("\\q\n", timeout=10)


def test_a_drain_lets_a_transaction_finish(pg):
    reader, writer = threading.Event(), subprocess.Popen(
        ["psql", "-XAtq"], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(pg, pg.pg_token), bufsize=1)
    assert not reader.is_set()
    writer.stdin.write("BEGIN; SELECT 'begun';\n")
    assert writer.stdout.readline() == "begun\n"
    pg.child.send_signal(signal.SIGTERM)
    wait_until(lambda: "draining" in pg.log())
    writer.stdin.write("SELECT 'during'; COMMIT;\n")
    assert writer.stdout.readline() == "during\n"
    assert pg.child.wait() == 0
    writer.stdin.write("SELECT 'after';\n")
    output, error = writer.communicate(timeout=10)
    assert output == "" and ("shutting down" in error or "closed" in error or "terminat" in error)


def test_a_target_that_goes_away_ends_the_session_with_a_clear_error(make_pg, world):
    broker = make_pg()
    child = subprocess.Popen(["psql", "-XAtqc", "SELECT pg_sleep(60)"], text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=environment(broker, broker.token()))
    backend = wait_until(lambda: world.postgres.sql(
        "postgres", "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'"))
    world.postgres.sql("postgres", f"SELECT pg_terminate_backend({backend})")
    _, error = child.communicate(timeout=10)
    assert "terminating connection due to administrator command" in error
    wait_until(lambda: broker.store.value("SELECT end_reason FROM sessions") == "target_closed")
    command = broker.store.query("SELECT * FROM commands")[0]
    assert command["duration_ms"] is not None
