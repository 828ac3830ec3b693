"""SQL that is made to keep a reader busy: the broker lives, says its verdict, and goes on serving others."""

import json
import pathlib
import struct
import threading
import time

import pytest

from conftest import SANITIZED
from support.broker import ROOT, VECTORS
from support.pg_steps import Steps, message, text

pytestmark = pytest.mark.skipif(SANITIZED, reason="a sanitizer's own memory is not ours")
SHARED = VECTORS / "dos" / "resource.jsonl"
GROWTH = 256 << 20  # bytes


def made(prefix, unit, count, middle, second, second_count, suffix):
    return prefix + unit * count + middle + second * second_count + suffix


# Of the same kinds as the shared ones.
OWN = {
    "casts": made("SELECT 1", "::text", 120_000, "", "", 0, ""),
    "comments": made("", "/*", 50_000, "", "*/", 50_000, "SELECT 1"),
    "brackets": made("SELECT ", "(", 400_000, "1", ")", 400_000, ""),
    "selects": made("SELECT ", "(SELECT ", 2_500, "1", ")", 2_500, ""),
    "list": made("SELECT 1 IN (1", ",2", 480_000, ")", "", 0, ""),
    "statements": made("", "SELECT 1;", 100_000, "", "", 0, ""),
    "columns": made("SELECT c.ssn", ",c.ssn", 140_000, " FROM customers c", "", 0, ""),
    "joins": made("SELECT * FROM orders", ",orders", 20_000, "", "", 0, ""),
    "withs": made("WITH a0 AS (SELECT 1)", ",b AS (TABLE a0)", 30_000, " SELECT 1", "", 0, ""),
    "conditions": made("DELETE FROM orders WHERE id=1", " OR id=2", 100_000, "", "", 0, ""),
}


def shared_cases():
    if not SHARED.exists():
        return []
    cases = [json.loads(line) for line in SHARED.read_text().splitlines()]
    return [(case["id"], made(*case["input"]["gen"])) for case in cases if case["protocol"] == "sql"]


class Neighbour:
    """Another agent, who asks for something small again and again."""

    def __init__(self, broker):
        self.wire = Steps(broker)
        self.seconds, self.stopping = [], threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        self.wire.close()

    def work(self):
        while not self.stopping.is_set():
            begun = time.monotonic()
            self.wire.ask("SELECT 1")
            self.seconds.append(time.monotonic() - begun)

    def p99(self):
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]


def resident(broker):
    status = pathlib.Path(f"/proc/{broker.child.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


@pytest.fixture
def guarded(make_pg):
    broker = make_pg(policy=(ROOT / "policy" / "examples" / "pg-guard.yaml").read_text())
    broker.pg_token = broker.token()
    return broker


def survives(broker, cases):
    before = resident(broker)
    with Neighbour(broker) as neighbour:
        for name, statement in cases:
            with Steps(broker) as wire:
                begun = time.monotonic()
                wire.ask(statement)
                print(f"{name}: {time.monotonic() - begun:.3f} s")
                assert wire.errors or wire.tags, name
                wire.ask("SELECT 1")  # the session goes on
                assert wire.tags[-1] == "SELECT 1", (name, wire.errors)
    print(f"p99 of another session: {neighbour.p99():.4f} s")
    assert not neighbour.wire.errors and neighbour.wire.tags
    assert resident(broker) - before < GROWTH
    assert broker.child.running()


def test_texts_that_are_hard_to_read_delay_nobody_else(guarded):
    survives(guarded, OWN.items())


def test_the_shared_texts_that_are_hard_to_read_delay_nobody_else(guarded):
    cases = shared_cases()
    if not cases:
        pytest.skip(f"{SHARED} is not here")
    survives(guarded, cases)


def test_a_large_statement_executed_many_times_is_decided_in_small_units(guarded):
    before = resident(guarded)
    large = "SELECT '" + "x" * 1_000_000 + "'"
    with Neighbour(guarded) as neighbour:
        with Steps(guarded) as wire:
            wire.write(message(b"P", text("s"), text(large), b"\0\0"))
            bound = message(b"B", text(""), text("s"), b"\0\0\0\0\0\0") + message(b"E", text(""), struct.pack("!I", 0))
            wire.write(bound * 30, message(b"S"))
            wire.until(b"Z")
            assert wire.tags == ["SELECT 1"] * 30, wire.errors
    print(f"p99 of another session: {neighbour.p99():.4f} s")
    assert resident(guarded) - before < GROWTH
