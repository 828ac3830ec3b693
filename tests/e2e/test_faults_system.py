"""The machine in trouble: memory, descriptors, clocks, threads, signals, the log."""

import contextlib
import os
import random
import resource
import signal
import time

import pytest

from conftest import LONG, SANITIZED
from support.client import Connection, request
from support.faults import Faults, event_loop_threads, frozen_thread
from support.load import Load
from support.process import wait_until


@pytest.mark.skipif(SANITIZED, reason="the sanitizer has an allocator of its own")
def test_fault_11_failing_allocations_end_sessions_not_the_process(make_broker, tmp_path):
    broker = make_broker()
    faults = Faults("memory", tmp_path / "shims")
    broker.start(env=faults.env)
    token = broker.token()
    assert broker.get("/v1/orders", token=token).status == 200
    chance = random.Random(11)
    for turn in range(100 if LONG else 20):
        load = Load(broker.port, token, connections=4, tag=f"m{turn}x")
        faults.set(allocation=chance.randrange(500, 10_000))
        failed = faults.get("failed")
        wait_until(lambda: faults.get("failed") > failed + 3 or not broker.child.running(), 60, "failures")
        faults.heal()
        load.stop()
        assert broker.child.running(), broker.log()[-3000:]
    wait_until(lambda: broker.get("/fast", token=token).status == 200, 20, "service")
    assert broker.stop() == 0
    assert broker.verify().returncode == 0


@pytest.mark.skipif(SANITIZED, reason="the sanitizer's own checks need descriptors")
def test_fault_12_at_the_descriptor_limit_accepting_pauses_and_comes_back(make_broker):
    broker = make_broker()
    broker.start(before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    token = broker.token()
    first = Connection(broker.port)
    first.send(request("GET", "/orders/fast", token))
    assert first.response().status == 200
    broker.settle()
    crowd = []
    for _ in range(100):
        with contextlib.suppress(OSError):
            crowd.append(Connection(broker.port, timeout=2))
    cpu = broker.child.cpu_seconds()
    time.sleep(1)  # what a spinning accept loop would burn
    assert broker.child.cpu_seconds() - cpu < 0.5
    first.send(request("HEAD", "/orders/fast", token))
    assert first.response("HEAD").status in (200, 502)
    for one in crowd:
        one.close()
    wait_until(lambda: broker.get("/fast", token=token).status == 200, 20, "service")
    first.close()
    assert broker.stop() == 0


def test_fault_25_clock_jumps_move_tokens_but_no_time_limits(make_broker, tmp_path):
    broker = make_broker()
    faults = Faults("wall_clock", tmp_path / "shims")
    broker.start(env=faults.env)
    token = broker.token(ttl="15m")
    running = Connection(broker.port)
    running.send(request("GET", "/direct/slow?seconds=4", token))
    running.head()
    running.content_until(b"line 0\n")
    faults.set(clock_offset=-3600)
    # Issued in the future, as the broker sees it; one that it has seen before may stay good.
    assert broker.get("/v1/orders", token=broker.token(subject="unseen")).status == 401
    faults.set(clock_offset=30)
    assert broker.get("/v1/orders", token=token).status == 200  # within the leeway
    faults.set(clock_offset=3600)
    assert broker.get("/v1/orders", token=token).status == 401
    faults.set(clock_offset=0)
    assert broker.get("/v1/orders", token=token).status == 200
    running.close()
    assert broker.stop() == 0
    assert broker.verify().returncode == 0
    events = [row["event"] for row in broker.store.query("SELECT event FROM commands ORDER BY session_id, seq")]
    assert len(events) == len(set(events))


def test_fault_25_a_running_answer_survives_a_jump_that_its_token_survives(make_broker, tmp_path):
    broker = make_broker()
    faults = Faults("wall_clock", tmp_path / "shims")
    broker.start(env=faults.env)
    token = broker.token(ttl="4h")
    with Connection(broker.port) as connection:
        connection.send(request("GET", "/direct/slow?seconds=3", token))
        connection.head()
        connection.content_until(b"line 0\n")
        faults.set(clock_offset=3600)
        connection.content_until(b"line 20\n")
        faults.set(clock_offset=-30)
        connection._take_until(b"\r\n0\r\n\r\n")
    assert broker.get("/v1/orders", token=token).status == 200


def test_fault_37_a_stuck_thread_is_reported_and_others_go_on(make_broker):
    broker = make_broker().start()
    token = broker.token()
    connections = [Connection(broker.port, timeout=3) for _ in range(24)]
    for one in connections:
        one.send(request("GET", "/orders/fast", token))
        assert one.response().status == 200
    threads = wait_until(lambda: event_loop_threads(broker.child.pid), 5, "the event loops")
    stuck = None
    for tid in threads:
        with frozen_thread(tid):
            silent = count_silent(connections, token)
            if not 0 < silent < len(connections):
                continue  # not a thread that serves some of them
            stuck = tid
            wait_until(lambda: [leaf for leaf in broker.store.leaves("watchdog")
                                if ["state", "stuck"] in leaf["fields"]], 20, "the watchdog", 0.2)
            break
    assert stuck, "no thread served a part of the connections"
    wait_until(lambda: broker.get("/fast", token=token).status == 200, 10, "service")
    for one in connections:
        one.close()
    wait_until(lambda: ["state", "turning"] in broker.store.leaves("watchdog")[-1]["fields"], 20,
               "the thread to turn again", 0.2)
    assert broker.stop() == 0
    assert broker.verify().returncode == 0


def count_silent(connections, token):
    silent = 0
    for one in connections:
        one.socket.settimeout(0.5)
        try:
            one.send(request("GET", "/orders/fast", token))
            one.response()
        except OSError:
            silent += 1
    return silent


def test_fault_38_storms_of_signals_end_nothing(broker, token):
    load = Load(broker.port, token, connections=4, tag="sig")
    for turn in range(300):
        for number in (signal.SIGPIPE, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH):
            broker.child.send_signal(number)
        if turn % 50 == 0:
            answered = len(load.answers)
            wait_until(lambda: len(load.answers) > answered + 5 or not broker.child.running(), 20,
                       "answers in the storm")
            assert broker.child.running(), broker.log()[-2000:]
    load.stop()
    assert load.statuses() == {200: len(load.answers)}
    assert broker.child.running()
    assert broker.get("/v1/orders", token=token).status == 200


def test_fault_39_a_closed_log_pipe_stops_nothing(make_broker):
    broker = make_broker()
    reading, writing = os.pipe()
    broker.start(stderr=writing)
    os.close(writing)
    os.close(reading)
    token = broker.token()
    for n in range(50):
        assert broker.get(f"/fast?n={n}", token=token).status == 200
        if n % 10 == 0:
            broker.get("/fast", token="rubbish")
    assert broker.stop() == 0


def test_fault_39_a_full_log_pipe_never_blocks_the_data_path(make_broker):
    broker = make_broker()
    reading, writing = os.pipe()
    # The pipe is full before the broker writes its first line, and nobody reads.
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, b"x")
    os.set_blocking(writing, True)
    broker.start(stderr=writing)
    os.close(writing)
    token = broker.token()
    for n in range(50):
        assert broker.get(f"/fast?n={n}", token=token).status == 200
        if n % 10 == 0:  # each is logged, and answered later than the one before
            assert broker.get("/fast", token="rubbish").status == 401
    assert broker.stop() == 0
    os.close(reading)
