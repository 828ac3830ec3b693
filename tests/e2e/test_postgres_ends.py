"""How PostgreSQL sessions end before their agents want it, and who else can be stopped by a cancel key."""

import socket
import ssl
import struct
import time

import pytest

from support.process import wait_until
from support.psql import psql
from support.wire import Wire

BUSY = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'"
SLEEPING = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(60)%'"


def limits(**wanted):
    return lambda config: config["targets"][-1].update(limits=wanted)


def the_end(wire):
    """The last message to an agent, which is a FATAL, and its SQLSTATE."""
    kind, body = b"", b""
    with pytest.raises(ConnectionError):
        while True:
            kind, body = wire.message()
    fields = {field[:1]: field[1:].decode() for field in body.split(b"\0")}
    assert kind == b"E" and fields[b"V"] == "FATAL", (kind, body)
    return fields[b"C"]


def ended(broker):
    """The one session's end; every command of it has an outcome."""
    row = wait_until(lambda: broker.store.query("SELECT * FROM sessions WHERE ended_at IS NOT NULL"))[0]
    assert not broker.store.query("SELECT 1 FROM commands WHERE decision = 'allow' AND duration_ms IS NULL")
    return row["end_reason"]


@pytest.fixture
def nothing_stays(world):
    """At the server: no session of the broker's, and nothing that was begun."""
    yield
    wait_until(lambda: world.postgres.sql("orders", BUSY) == "0", 10, "the server's sessions to end")
    assert world.postgres.sql("orders", "SELECT count(*) FROM notes") == "0"


@pytest.mark.parametrize("leave", [
    ["BEGIN", "INSERT INTO notes VALUES (1, 'x')"],
    ["COPY notes FROM STDIN"],
    [b"P\0BEGIN\0\0\0", b"B\0\0\0\0\0\0\0\0", b"E\0\0\0\0\0", b"H"],
], ids=["transaction", "copy", "pipeline"])
def test_a_transaction_that_is_left_open_ends_before_an_idle_session_does(make_pg, nothing_stays, leave):
    broker = make_pg(limits(idle="60s", idle_in_transaction="1s"))
    token = broker.token()
    with Wire(broker.pg_port, "orders-db", token) as wire, Wire(broker.pg_port, "orders-db", token) as idle:
        for one in leave:
            if isinstance(one, bytes):
                wire.send(one[:1], one[1:])
            elif one.startswith("COPY"):
                wire.query(one)
            else:
                wire.drain(one)
        assert the_end(wire) == "25P03"
        assert ended(broker) == "idle_in_transaction"
        assert idle.drain("SELECT 1") > 0


def test_a_transaction_at_work_is_not_idle(make_pg):
    broker = make_pg(limits(idle_in_transaction="1s"))
    assert psql(broker, broker.token(), "BEGIN; SELECT pg_sleep(2); SELECT 'on'; COMMIT;").stdout == "\non\n"


@pytest.mark.parametrize("work", ["COPY notes FROM STDIN", "SELECT repeat('x', 1000) FROM generate_series(1, 9999999)",
                                  "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 9999999)) TO STDOUT"],
                         ids=["copy in", "result", "copy out"])
def test_a_kill_in_the_middle(pg, nothing_stays, work):
    with Wire(pg.pg_port, "orders-db", pg.pg_token) as wire:
        wire.query(work)
        wire.message()
        if "STDIN" in work:
            wire.send(b"d", b"1\tone\n" * 5000)
        session = wait_until(lambda: [s for s in pg.sessions() if s["commands"]], 10, "the session")[0]["id"]
        assert pg.cli("sessions", "kill", session).returncode == 0
        assert the_end(wire) == "57P01"
    assert ended(pg) == "killed"
    assert [row["status"] for row in pg.commands()] == ["aborted"]


def test_a_kill_does_not_wait_for_an_agent_that_does_not_read(pg, nothing_stays):
    with Wire(pg.pg_port, "orders-db", pg.pg_token, receive_buffer=4096) as wire:
        wire.query("SELECT repeat('x', 1000) FROM generate_series(1, 9999999)")
        session = wait_until(lambda: [s for s in pg.sessions() if s["commands"]], 10, "the session")[0]["id"]
        assert pg.cli("sessions", "kill", session).returncode == 0
        assert ended(pg) == "killed"


def test_there_are_as_many_sessions_as_the_limits_say_and_no_more(make_pg):
    broker = make_pg(lambda config: config.update(limits={"sessions": 3, "sessions_per_subject": 2}))
    token = broker.token()
    with Wire(broker.pg_port, "orders-db", token), Wire(broker.pg_port, "orders-db", token):
        done = psql(broker, token, "SELECT 1;")
        assert "FATAL:  Too many sessions" in done.stderr and "sessions_per_subject" in done.stderr
        with Wire(broker.pg_port, "orders-db", broker.token("agent-8")):
            assert "limits.sessions)" in psql(broker, broker.token("agent-9"), "SELECT 1;").stderr
    wait_until(lambda: psql(broker, token, "SELECT 1;").stdout == "1\n")


@pytest.mark.parametrize("when, told", [("end", "expired"), ("finish", None)])
def test_a_token_that_expires_in_the_middle(make_pg, when, told):
    broker = make_pg(lambda config: config["identity"].update(when_token_ends=when))
    # With 60 seconds of tolerance.
    token = broker.forge(iat=int(time.time()) - 120, exp=int(time.time()) - 58)
    done = psql(broker, token, "SELECT pg_sleep(3);\nSELECT 'new';\n")
    assert "57P01" in done.stderr and "expired" in done.stderr, done.stderr
    assert "new" not in done.stdout
    assert ended(broker) == "expired"
    statuses = [row["status"] for row in broker.commands("decision = 'allow'")]
    assert statuses == (["aborted"] if told else ["SELECT 1"])


# Cancel.

def cancel(port, key, tls=False):
    packet = struct.pack("!II", len(key) + 8, 80877102) + key
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        if not tls:
            plain.sendall(packet)
            return plain.recv(10)
        plain.sendall(struct.pack("!II", 8, 80877103))
        assert plain.recv(1) == b"S"
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain) as wire:
            wire.sendall(packet)
            return wire.recv(10)


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "tls"])
def test_a_cancel_reaches_its_own_session_and_no_other(pg, world, tls):
    with Wire(pg.pg_port, "orders-db", pg.pg_token) as mine, Wire(pg.pg_port, "orders-db", pg.pg_token) as other:
        for wire in (mine, other):
            wire.query("SELECT pg_sleep(60)")
        wait_until(lambda: world.postgres.sql("postgres", SLEEPING) == "2")
        assert cancel(pg.pg_port, mine.key, tls) == b""
        kinds = b""
        while not kinds.endswith(b"Z"):
            kind, body = mine.message()
            kinds += kind
            assert kind != b"E" or b"57014" in body
        assert b"E" in kinds
        assert world.postgres.sql("postgres", SLEEPING) == "1"
        # Between two statements it does nothing.
        assert cancel(pg.pg_port, mine.key, tls) == b""
        assert mine.drain("SELECT 1") > 0
        assert cancel(pg.pg_port, other.key[:4] + mine.key[4:], tls) == b""
        assert world.postgres.sql("postgres", SLEEPING) == "1"
        assert cancel(pg.pg_port, other.key, tls) == b""
        wait_until(lambda: world.postgres.sql("postgres", SLEEPING) == "0")
    events = [dict(leaf["fields"]) for leaf in pg.store.leaves("cancel.requested")]
    assert len(events) == 3 and {one["target"] for one in events} == {"orders-db"}


def test_the_cancel_key_of_a_finished_session_does_nothing(pg):
    with Wire(pg.pg_port, "orders-db", pg.pg_token) as wire:
        wire.drain("SELECT 1")
    ended(pg)
    assert cancel(pg.pg_port, wire.key) == b""
    assert not pg.store.leaves("cancel.requested")
