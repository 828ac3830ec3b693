"""Much through one PostgreSQL session: large copies, a slow reader, a huge row, many statements. Memory stays."""

import contextlib
import hashlib
import random
import struct

import pytest

from conftest import LONG, SANITIZED
from support.process import wait_until
from support.psql import psql
from support.wire import Wire

MIB = 1 << 20
bounded = pytest.mark.skipif(SANITIZED, reason="a sanitizer's own memory is not ours")
pytestmark = bounded

# How many sessions of the server wait for somebody to take their answer.
PAUSED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite' AND query LIKE 'COPY%'"


@pytest.fixture
def broker(make_pg):
    """One that keeps the heads of results, as one does where they are large."""
    def change(config):
        config["targets"][-1]["audit"] = {"record_payloads": "head"}
    made = make_pg(change)
    made.pg_token = made.token()
    yield made
    assert made.stop() == 0, made.log()[-2000:]


def agent(broker, **how):
    return Wire(broker.pg_port, "orders-db", broker.pg_token, **how)


@contextlib.contextmanager
def growth_under(broker, mib):
    """The broker's peak memory is less than `mib` above what it has now."""
    broker.child.reset_peak()
    before = broker.child.status("VmRSS")
    yield
    grown = (broker.child.status("VmHWM") - before) / 1024
    assert grown < mib, f"the broker grew by {grown:.0f} MiB"


def digest_of_answer(wire, text):
    seen = hashlib.sha256()
    wire.query(text)
    wire.read_to_end(seen.update)
    return seen.hexdigest()


def test_a_reader_that_stops_makes_the_target_wait(broker, world):
    rows = (1024 if LONG else 160) * MIB // 1000
    text = f"COPY (SELECT g, repeat('x', 990) FROM generate_series(1, {rows}) g) TO STDOUT"
    with Wire(world.postgres.port, "orders", user="trusting") as direct:
        expected = digest_of_answer(direct, text)
    with growth_under(broker, 64), agent(broker, receive_buffer=65536) as wire:
        wire.query(text)
        wait_until(lambda: all(world.postgres.sql("postgres", PAUSED) == "1" for _ in range(10)), 60,
                   "the target to be paused")
        assert psql(broker, broker.pg_token, "SELECT 'unharmed';").stdout == "unharmed\n"
        seen = hashlib.sha256()
        wire.read_to_end(seen.update)
    assert seen.hexdigest() == expected
    status = broker.settle().commands("text LIKE 'COPY%'")[0]["status"]
    assert status == f"COPY {rows}"


def test_copies_keep_every_byte_in_constant_memory(broker, world):
    chance, frames = random.Random(7), hashlib.sha256()
    lines = (1024 if LONG else 160) * MIB // 8192
    block = chance.randbytes(3 * MIB).hex().encode()
    with agent(broker) as wire:
        wire.drain("CREATE UNLOGGED TABLE bulk (line text)")
        with growth_under(broker, 64):
            wire.query("COPY bulk FROM STDIN")
            assert wire.message()[0] == b"G"
            frames.update(b"H" + struct.pack("!IbHH", 9, 0, 1, 0))
            for n in range(lines):
                at = chance.randrange(len(block) - 8192)
                line = b"%d " % n + block[at:at + 8180] + b"\n"
                frame = b"d" + struct.pack("!I", len(line) + 4) + line
                frames.update(frame)
                wire.socket.sendall(frame)
            wire.send(b"c", b"")
            wire.drain()
            # The server sends the same lines in the same messages, and then its end.
            tag = b"COPY %d\0" % lines
            frames.update(b"c" + struct.pack("!I", 4) + b"C" + struct.pack("!I", len(tag) + 4) + tag + b"Z\0\0\0\5I")
            assert digest_of_answer(wire, "COPY bulk TO STDOUT") == frames.hexdigest()
    world.postgres.sql("orders", "DROP TABLE bulk")
    rows = broker.settle().commands("text LIKE 'COPY%'")
    assert [row["status"] for row in rows] == [f"COPY {lines}"] * 2
    assert rows[0]["bytes_in"] > 8180 * lines < rows[1]["bytes_out"]


def test_a_huge_row_passes_in_pieces(broker):
    size = 1_000_000_000 if LONG else 200_000_000
    with agent(broker) as wire, growth_under(broker, 64):
        assert wire.drain(f"SELECT repeat('x', {size})") > size
        assert wire.drain("SELECT 1") < 200
    row = broker.settle().commands()[0]
    assert row["status"] == "SELECT 1" and row["bytes_out"] > size


def test_many_tiny_statements_leave_nothing_behind(broker):
    messages, each = (2000 if LONG else 30), 500
    text = "SELECT 1;" * each
    with agent(broker) as wire:
        for _ in range(5):
            wire.drain(text)
        with growth_under(broker, 64 if LONG else 32):
            for _ in range(messages):
                wire.drain(text)
    assert broker.settle().store.value("SELECT count(*) FROM commands WHERE status = 'SELECT 1'") == \
        (messages + 5) * each
