"""PostgreSQL while something goes wrong at either side: both sides end properly, and the record is whole."""

import socket
import subprocess

import pytest

from support.bad_postgres import BROKEN, BROKEN_LOGINS, BadPostgres, reset
from support.process import wait_until
from support.psql import environment, psql
from support.wire import Wire

ROWS = "SELECT repeat('x', 1000) FROM generate_series(1, 20000)"


@pytest.fixture
def bad(make_pg):
    """A broker whose target "bad" misbehaves, beside the real one."""
    server = BadPostgres()

    def change(config):
        config["targets"].append({
            "name": "bad", "protocol": "postgres", "address": f"127.0.0.1:{server.port}", "database": "fine",
            "credential": {"username": "x"}, "tls": {"mode": "off"}})
        config["targets"].append({**config["targets"][-1], "name": "brief", "limits": {"session": "2s"}})
    broker = make_pg(change)
    broker.pg_token = broker.token()
    yield broker
    assert broker.stop() == 0, broker.log()[-2000:]
    server.stop()


def ask(broker, text, database="bad", **more):
    return psql(broker, broker.pg_token, text, PGDATABASE=database, **more)


def ended(broker, reason, count=1):
    where = f"end_reason = '{reason}' AND ended_at IS NOT NULL"
    return wait_until(lambda: len(broker.store.query(f"SELECT id FROM sessions WHERE {where}")) == count, 10,
                      f"{count} sessions that ended by {reason}")


def outcomes(broker):
    """Of every command that was allowed; each has one."""
    assert not broker.store.query("SELECT 1 FROM commands WHERE decision = 'allow' AND duration_ms IS NULL")
    return [row["status"] for row in broker.commands("decision = 'allow'")]


def test_fault_14_and_15_a_target_that_resets_or_never_answers_at_the_login(bad):
    silent = subprocess.Popen(["psql", "-XAtc", "SELECT 1"], text=True, stderr=subprocess.PIPE,
                              stdout=subprocess.PIPE,
                              env=environment(bad, bad.pg_token, PGDATABASE="bad/silent", PGCONNECT_TIMEOUT=40))
    for how in ("reset", "close", *BROKEN_LOGINS):
        done = ask(bad, "SELECT 1;", f"bad/{how}", timeout=5)
        assert done.returncode == 2 and "FATAL:  " in done.stderr and "The target" in done.stderr, how
    ended(bad, "unreachable", len(BROKEN_LOGINS) + 2)
    assert ask(bad, "SELECT 'fine';").stdout == "row\n"
    _, error = silent.communicate(timeout=30)
    assert "The target did not answer in time" in error
    ended(bad, "unreachable", len(BROKEN_LOGINS) + 3)
    assert not bad.store.query("SELECT 1 FROM sessions WHERE ended_at IS NULL")


def test_fault_14_a_query_that_is_never_answered_ends_with_the_session_s_time(bad):
    done = ask(bad, "SELECT 'silent';", "brief")
    assert "57P01" in done.stderr and "max_age" in done.stderr
    ended(bad, "max_age")
    assert outcomes(bad) == ["aborted"]


@pytest.mark.parametrize("how", ["close", "reset"])
def test_fault_13_a_target_that_goes_away_in_mid_result(bad, how):
    with Wire(bad.pg_port, "bad", bad.pg_token) as wire:
        wire.query(f"SELECT '{how}'")
        kinds, last = b"", b""
        with pytest.raises(ConnectionError):
            while True:
                kind, last = wire.message()
                kinds += kind
        # A reset may overtake what was sent before it.
        assert kinds == b"TDE" if how == "close" else kinds in (b"E", b"TDE")
        assert b"FATAL" in last and b"08006" in last
    ended(bad, "target_closed")
    assert outcomes(bad) == ["aborted"]


def test_fault_17_what_is_not_the_protocol_ends_its_session_and_no_other(bad):
    with Wire(bad.pg_port, "orders-db", bad.pg_token) as other:
        for how in BROKEN:
            done = ask(bad, f"SELECT '{how}';\n", timeout=10)
            assert "The target's answer is not one that can be passed on" in done.stderr, (how, done.stderr)
        assert other.drain("SELECT 1") > 0
    ended(bad, "target_error", len(BROKEN))
    assert len(outcomes(bad.settle())) == len(BROKEN) + 1
    assert bad.verify().returncode == 0


@pytest.mark.parametrize("text", [ROWS, f"COPY ({ROWS}) TO STDOUT"], ids=["rows", "copy"])
def test_fault_18_an_agent_that_half_closes_gets_the_rest(pg, text):
    with Wire(pg.pg_port, "orders-db", pg.pg_token) as wire:
        wire.query(text)
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.drain() > 20_000_000
        assert wire.socket.recv(1) == b""
    ended(pg, "connection_lost")
    assert outcomes(pg) == [text.split()[0] + " 20000"]


def test_a_goodbye_behind_a_query_comes_after_its_answer(pg):
    with Wire(pg.pg_port, "orders-db", pg.pg_token) as wire:
        wire.query("INSERT INTO notes VALUES (5, 'before I go') RETURNING pg_sleep(0.2)")
        wire.send(b"X", b"")
        wire.drain()
        assert wire.socket.recv(1) == b""
    ended(pg, "logout")
    assert outcomes(pg) == ["INSERT 0 1"]
    assert psql(pg, pg.pg_token, "DELETE FROM notes RETURNING id;").stdout == "5\n"


@pytest.mark.parametrize("leave", [reset, socket.socket.close], ids=["reset", "close"])
def test_fault_19_an_agent_gone_in_mid_copy_leaves_nothing_behind(pg, world, leave):
    wire = Wire(pg.pg_port, "orders-db", pg.pg_token)
    wire.query("COPY notes FROM STDIN")
    assert wire.message()[0] == b"G"
    wire.send(b"d", b"1\tone\n" * 5000)
    leave(wire.socket)
    ended(pg, "connection_lost")
    assert outcomes(pg) == ["aborted"]
    assert world.postgres.sql("orders", "SELECT count(*) FROM notes") == "0"
    wait_until(lambda: world.postgres.sql("orders", BUSY) == "0", 10, "the server's session to end")
    if leave is not reset:
        wait_until(lambda: "COPY from stdin failed: the broker ends this copy" in world.postgres.log())


BUSY = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'"


def test_an_agent_gone_in_the_middle_of_a_large_statement_leaves_no_other_statement(pg, world):
    """What the broker says at the end must not become the statement's end: -- 'x' and a quotation mark."""
    text = b"INSERT INTO notes VALUES (6, 'x')" + b" " * 1_100_000 + b";--"
    for left in range(1, 8):
        wire = Wire(pg.pg_port, "orders-db", pg.pg_token)
        wire.socket.sendall(b"Q" + (len(text) + 5).to_bytes(4, "big") + (text + b"\0")[:-left])
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.socket.recv(100) == b""
        wire.close()
    ended(pg, "connection_lost", 7)
    wait_until(lambda: world.postgres.sql("orders", BUSY) == "0", 10, "the server's sessions to end")
    assert world.postgres.sql("orders", "SELECT count(*) FROM notes") == "0"


def test_fault_01_the_broker_killed_with_sessions_in_flight(pg, world):
    wires = [Wire(pg.pg_port, "orders-db", pg.pg_token) for _ in range(20)]
    for number, wire in enumerate(wires):
        wire.drain("BEGIN")
        wire.drain(f"INSERT INTO notes VALUES ({number}, 'in flight')")
        wire.query("COPY notes FROM STDIN" if number % 2 else "SELECT * FROM generate_series(1, 3000000)")
        wire.message()
    pg.child.kill()
    wait_until(lambda: world.postgres.sql("orders", BUSY) == "0", 10, "the server's sessions to end")
    assert world.postgres.sql("orders", "SELECT count(*) FROM notes") == "0"
    pg.start()
    assert not pg.store.query("SELECT id FROM sessions WHERE ended_at IS NULL")
    assert pg.store.value("SELECT count(*) FROM sessions WHERE end_reason = 'unknown'") == 20
    outcomes(pg)
    running = pg.commands("text LIKE 'COPY%' OR text LIKE 'SELECT%'")
    assert [row["status"] for row in running] == ["unknown"] * 20
    assert pg.verify().returncode == 0
    for wire in wires:
        wire.close()
