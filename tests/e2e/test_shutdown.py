"""Stopping: what is running is finished, nothing new is begun, everything is recorded."""

import signal
import threading
import time

from support.client import Connection, curl, request
from support.load import Load
from support.process import accepts, wait_until


def test_fault_03_sigterm_lets_a_running_answer_finish(broker, token):
    result = []
    asking = threading.Thread(target=lambda: result.append(
        broker.get("/slow?seconds=2", target="direct", token=token)))
    asking.start()
    wait_until(lambda: broker.commands("text LIKE '%slow%'"), 10, "the request")
    broker.child.send_signal(signal.SIGTERM)
    wait_until(lambda: not accepts(broker.port), 5, "no more accepting")
    assert broker.child.running()
    asking.join()
    assert result[0].status == 200 and result[0].exit_status == 0
    assert result[0].text.count("line") > 20
    assert broker.child.wait(10) == 0
    rows = broker.store.query("SELECT end_reason FROM sessions")
    assert {row["end_reason"] for row in rows} == {"shutdown"}
    assert broker.verify().returncode == 0


def test_readyz_says_draining_and_idle_connections_close(broker, token):
    idle = Connection(broker.port)
    idle.send(request("GET", "/orders/v1/orders", token))
    assert idle.response().status == 200
    busy = Connection(broker.port)
    busy.send(request("GET", "/direct/slow?seconds=3", token))
    busy.head()
    busy.content_until(b"line 0\n")
    broker.child.send_signal(signal.SIGTERM)
    assert idle.closed()
    wait_until(lambda: broker.admin("/readyz").status != 200, 3, "not ready")
    busy._take_until(b"\r\n0\r\n\r\n")
    assert broker.child.wait(10) == 0
    idle.close(), busy.close()


def test_a_drain_has_an_end(broker, token):
    busy = Connection(broker.port, timeout=60)
    busy.send(request("GET", "/direct/slow?seconds=120", token))
    busy.head()
    busy.content_until(b"line 0\n")
    started = time.monotonic()
    broker.child.send_signal(signal.SIGTERM)
    assert broker.child.wait(45) == 0
    assert time.monotonic() - started < 40
    busy.close()
    assert broker.commands("text LIKE '%slow%'")[0]["duration_ms"] is not None
    assert broker.verify().returncode == 0


def test_sigint_stops_at_once(broker, token):
    busy = Connection(broker.port)
    busy.send(request("GET", "/direct/slow?seconds=60", token))
    busy.head()
    busy.content_until(b"line 0\n")
    started = time.monotonic()
    broker.child.send_signal(signal.SIGINT)
    broker.child.wait(15)
    assert time.monotonic() - started < 10
    busy.close()
    assert broker.verify().returncode == 0


def test_sigterm_under_load_breaks_no_answer(broker, token):
    load = Load(broker.port, token, connections=8, tag="sd")
    wait_until(lambda: len(load.answers) > 200, 30, "load")
    assert broker.stop() == 0
    load.stop()
    assert set(load.statuses()) <= {200, 503}
    stored = {row["text"].rpartition("=")[2] for row in broker.commands("text LIKE '%n=sd%'")}
    assert set(load.answered()) <= stored
    assert not broker.store.query("SELECT id FROM sessions WHERE ended_at IS NULL")
    assert broker.verify().returncode == 0


def test_the_listener_comes_back_at_once_after_a_restart(broker, token):
    broker.get("/v1/orders", token=token)
    assert broker.stop() == 0
    started = time.monotonic()
    broker.start()
    assert time.monotonic() - started < 2
    assert curl(broker.url("/v1/orders"), token=token).status == 200
