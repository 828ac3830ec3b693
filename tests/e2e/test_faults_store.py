"""The audit store in trouble: nothing goes unrecorded, and it comes back by itself."""

import os
import sqlite3
import subprocess
import threading
import time

import pytest

from conftest import LONG
from support.broker import run
from support.client import Connection, request
from support.faults import Faults
from support.process import wait_until


def assert_refused_unrecorded(broker, token, world):
    """503 in problem+json, and the target hears nothing."""
    before = len(world.nginx.access_log())
    response = broker.get("/fast?unrecorded", token=token)
    assert response.status == 503, response.text
    problem = response.json()
    assert problem["code"] == "not_recorded" and problem["retryable"] is True
    assert len(world.nginx.access_log()) == before
    assert broker.admin("/readyz").status == 503
    assert broker.admin("/healthz").status == 200


def assert_recovers(broker, token, seconds=20):
    wait_until(lambda: broker.get("/fast?recovered", token=token).status == 200, seconds, "recovery", 0.2)
    wait_until(lambda: broker.admin("/readyz").status == 200, 5, "readiness")
    assert broker.child.running()
    assert broker.commands("text = 'GET /fast?recovered' AND decision = 'allow'")
    done = broker.verify()
    assert done.returncode == 0, done.stdout + done.stderr


def until_refused(broker, token, seconds=60):
    answered = []

    def refused():
        name = f"full{len(answered)}"
        response = broker.get(f"/sink?n={name}", token=token, data=os.urandom(400_000))
        if response.status == 200:
            answered.append(name)
        return response.status == 503
    wait_until(refused, seconds, "the store to be full")
    return answered


def assert_all_stored(broker, names):
    text = "\n".join(row["text"] for row in broker.commands())
    assert not [name for name in names if f"n={name}" not in text]


def test_fault_05_a_full_disk_refuses_new_commands_and_recovers_when_space_returns(
        make_broker, small_disk, world):
    broker = make_broker()
    small_disk("40m", broker.directory / "data")
    broker.start()
    token = broker.token()
    assert broker.get("/v1/orders", token=token).status == 200
    filler = broker.directory / "data/filler"
    for turn in range(2):
        with open(filler, "wb") as out:
            try:
                while True:
                    out.write(bytes(65536))
            except OSError:
                pass
        answered = until_refused(broker, token)
        assert_refused_unrecorded(broker, token, world)
        # A denial is no exception: it could not be recorded either.
        assert broker.get("/v1/orders/7", "-X", "DELETE", token=token).status == 503
        filler.unlink()
        assert_recovers(broker, token)
        assert_all_stored(broker, answered)
    assert broker.stop() == 0
    assert broker.verify().returncode == 0


@pytest.fixture
def shimmed(make_broker, tmp_path):
    """A broker whose store's files can be made to fail."""
    broker = make_broker()
    faults = Faults("disk", tmp_path / "shims", watched=broker.store.directory)
    broker.start(env=faults.env)
    return broker, faults


@pytest.mark.parametrize("error", ["ENOSPC", "EROFS", "EIO"])
def test_faults_05_and_06_failing_writes_refuse_and_recover(shimmed, world, error):
    broker, faults = shimmed
    token = broker.token()
    assert broker.get("/v1/orders", token=token).status == 200
    faults.fail("write", error)
    wait_until(lambda: broker.get("/fast", token=token).status == 503, 20, "the refusal")
    assert_refused_unrecorded(broker, token, world)
    faults.heal()
    assert_recovers(broker, token)


def test_fault_06_a_read_only_store_refuses_the_start(make_broker, small_disk):
    broker = make_broker().start()
    assert broker.get("/v1/orders", token=broker.token()).status == 200
    assert broker.stop() == 0
    data = broker.directory / "data"
    small_disk("40m", broker.directory / "ro")
    subprocess.run(f"cp -a {data}/. {broker.directory}/ro/", shell=True, check=True)
    subprocess.run(["mount", "-o", "remount,ro", str(broker.directory / "ro")], check=True)
    broker.changed(lambda config: config.update(store="sqlite:ro/audit.db"))
    done = broker.cli("serve", timeout=20)
    assert done.returncode != 0 and "ro/audit.db" in done.stderr, done.stderr
    # Reading it is still possible.
    assert broker.verify().returncode == 0


def test_a_running_answer_ends_cleanly_when_the_store_fails(shimmed):
    broker, faults = shimmed
    token = broker.token()
    with Connection(broker.port) as connection:
        connection.send(request("GET", "/direct/slow?seconds=20", token))
        connection.head()
        connection.content_until(b"line 2\n")
        faults.fail("write", "ENOSPC")
        rest = connection.rest()  # ends long before the target would
        assert not rest.endswith(b"0\r\n\r\n")
    faults.heal()
    assert_recovers(broker, token)


def test_fault_07_a_lock_held_outside_is_waited_for_and_then_refused(broker, token, world):
    assert broker.get("/v1/orders", token=token).status == 200
    outside = sqlite3.connect(broker.store.path, isolation_level=None, timeout=5)
    outside.execute("BEGIN IMMEDIATE")
    results = []

    def ask():
        started = time.monotonic()
        status = broker.get("/fast?locked", token=token, timeout=60).status
        results.append((status, time.monotonic() - started))

    cpu = broker.child.cpu_seconds()
    asking = [threading.Thread(target=ask) for _ in range(5)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert {status for status, _ in results} == {503}, results
    assert all(1 < seconds < 30 for _, seconds in results), results
    if LONG:
        time.sleep(30)
    assert broker.child.cpu_seconds() - cpu < 2, "a busy loop"
    outside.execute("ROLLBACK")
    outside.close()
    assert_recovers(broker, token)
    assert len(broker.commands("text = 'GET /fast?locked' AND decision = 'allow' AND status = '200'")) == 0


def test_fault_07_a_short_lock_is_only_a_delay(broker, token):
    assert broker.get("/v1/orders", token=token).status == 200
    outside = sqlite3.connect(broker.store.path, isolation_level=None, timeout=5, check_same_thread=False)
    outside.execute("BEGIN IMMEDIATE")
    release = threading.Timer(1, lambda: outside.execute("ROLLBACK"))
    release.start()
    assert broker.get("/fast", token=token).status == 200
    release.join()
    outside.close()


def test_fault_08_a_corrupt_page_refuses_the_start_and_nothing_is_made_anew(broker, token):
    for n in range(200):
        broker.get(f"/fast?n={n}", token=token) if n % 10 == 0 else None
    assert broker.stop() == 0
    data = bytearray(broker.store.path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096:page * 4096 + 100] = os.urandom(100)
    broker.store.path.write_bytes(data)
    for leftover in ("-wal", "-shm"):
        (broker.store.directory / ("audit.db" + leftover)).unlink(missing_ok=True)
    done = broker.cli("serve", timeout=30)
    assert done.returncode != 0
    assert "audit.db" in done.stderr and len(done.stderr.splitlines()) < 10, done.stderr
    assert broker.store.path.read_bytes() == data
    assert broker.verify().returncode == 1


def test_fault_08_garbage_instead_of_a_database_refuses_the_start(make_broker):
    broker = make_broker()
    broker.store.path.parent.mkdir(exist_ok=True)
    broker.store.path.write_bytes(b"this is no database" * 1000)
    done = broker.cli("serve", timeout=30)
    assert done.returncode != 0 and "audit.db" in done.stderr
    assert broker.store.path.read_bytes().startswith(b"this is no database")


def test_fault_09_a_failed_fsync_is_believed(shimmed, world):
    """After a failed fsync no record that depended on it is called durable, and no retry pretends."""
    broker, faults = shimmed
    token = broker.token()
    assert broker.get("/v1/orders", token=token).status == 200
    faults.fail("sync", "EIO", times=1)
    wait_until(lambda: faults.get("failed") or broker.get("/fast?at-risk", token=token).status == 503, 20,
               "the failure")
    assert_recovers(broker, token)
    answered = [f"after{n}" for n in range(5)]
    for name in answered:
        assert broker.get(f"/fast?n={name}", token=token).status == 200
    broker.child.kill()
    broker.start()
    assert_all_stored(broker, answered)
    assert broker.verify().returncode == 0


def test_fault_09_while_fsync_keeps_failing_nothing_is_admitted(shimmed, world):
    broker, faults = shimmed
    token = broker.token()
    assert broker.get("/v1/orders", token=token).status == 200
    faults.fail("sync", "EIO")
    wait_until(lambda: broker.get("/fast", token=token).status == 503, 20, "the refusal")
    assert_refused_unrecorded(broker, token, world)
    faults.heal()
    assert_recovers(broker, token)


def test_fault_10_an_error_on_reading_leaves_the_process_alive(shimmed):
    broker, faults = shimmed
    token = broker.token()
    assert broker.get("/v1/orders", token=token).status == 200
    faults.fail("read", "EIO")
    for _ in range(20):
        assert broker.get("/fast", token=token).status in (200, 503)
    assert broker.child.running()
    faults.heal()
    assert_recovers(broker, token)


def test_fault_10_a_reader_that_meets_eio_says_so(broker, token, tmp_path):
    session = broker.get("/v1/orders", token=token).header("Sallyport-Session")
    assert broker.stop() == 0
    faults = Faults("disk", tmp_path / "shims", watched=broker.store.directory)
    faults.fail("read", "EIO")
    for command in (["sessions", "list"], ["replay", session], ["audit", "verify"]):
        done = broker.cli(*command, env=faults.env)
        assert done.returncode in (1, 2) and done.stderr, command
        assert "Traceback" not in done.stderr and "terminate" not in done.stderr
    faults.heal()
    assert run("audit", "verify", "--config", broker.config_path).returncode == 0


def test_fault_35_a_second_broker_on_one_store_is_refused(broker, make_broker, token):
    other = make_broker(change=lambda config: config.update(store=f"sqlite:{broker.store.path}"))
    (other.directory / "keys/secrets.key").write_bytes((broker.directory / "keys/secrets.key").read_bytes())
    done = other.cli("serve", timeout=20)
    assert done.returncode != 0
    assert "audit.db" in done.stderr, done.stderr
    assert broker.get("/v1/orders", token=token).status == 200
    assert broker.stop() == 0
    other.start()
    assert other.stop() == 0
    assert broker.verify().returncode == 0
