"""People: the admin socket by uid, the admin address by token, and what their groups allow."""

import json
import os
import stat
import subprocess
import threading
import time

import pytest

from support.broker import PROGRAM, run
from support.client import Connection, request
from support.process import Child, wait_until

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")


def as_nobody(*arguments):
    return run(*arguments, prefix=["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"])


def open_for_all(broker):
    """Lets everybody reach the socket, so that the broker's own check is what refuses."""
    path = broker.directory
    while path != path.parent:
        os.chmod(path, os.stat(path).st_mode | 0o055) if str(path).startswith("/tmp") else None
        path = path.parent
    for folder in ("run", "data", "keys"):
        os.chmod(broker.directory / folder, 0o755)
    os.chmod(broker.directory / "run/admin.sock", 0o666)


def slow_request(broker, token, seconds=30):
    """An answer that is on its way: (connection, session id)."""
    connection = Connection(broker.port, timeout=40)
    connection.send(request("GET", f"/direct/slow?seconds={seconds}", token))
    head = connection.head()
    connection.content_until(b"line 2\n")
    session = next(line.split(": ")[1] for line in head.split("\r\n")
                   if line.lower().startswith("sallyport-session"))
    return connection, session


def test_the_socket_is_for_owner_and_group(broker):
    mode = os.stat(broker.directory / "run/admin.sock").st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660


def test_kill_ends_a_slow_answer_within_a_second(broker, token):
    connection, session = slow_request(broker, token)
    started = time.monotonic()
    done = broker.cli("sessions", "kill", session)
    assert done.returncode == 0, done.stderr
    rest = connection.rest()
    assert time.monotonic() - started < 1.5  # the start of the command line included
    assert not rest.endswith(b"0\r\n\r\n")
    connection.close()
    wait_until(lambda: broker.store.query(
        f"SELECT 1 FROM sessions WHERE id = '{session}' AND end_reason = 'killed'"), 5, "the record")
    assert broker.verify().returncode == 0


def test_kill_of_an_unknown_session_is_refused(broker):
    done = broker.cli("sessions", "kill", "01890000-0000-7000-8000-000000000000")
    assert done.returncode == 1 and done.stderr.startswith("sallyport")


def test_kill_through_the_admin_address_needs_a_person_with_the_right(broker, tmp_path):
    token = broker.token()

    def kill_as(subject, groups=()):
        connection, session = slow_request(broker, broker.token(subject="victim-" + subject))
        file = tmp_path / subject
        file.write_text(broker.token(subject=subject, groups=groups))
        file.chmod(0o600)
        done = run("sessions", "kill", session, "--broker", f"http://127.0.0.1:{broker.admin_port}",
                   "--token-file", file)
        connection.close()
        return done

    assert kill_as("alice").returncode == 0
    for subject in ("audrey", "mallory"):
        refused = kill_as(subject, ["admin"])
        assert refused.returncode == 1, (subject, refused.stderr)
    assert broker.get("/v1/orders", token=token).status == 200


def test_the_admin_address_without_a_token_tells_nothing(broker, token):
    broker.get("/v1/orders", token=token)
    for path in ("/v1/sessions", "/sessions"):
        response = broker.admin(path)
        assert response.status in (401, 404) and "agent-7" not in response.text
    for agent in (token, "rubbish"):
        assert broker.admin("/v1/sessions", token=agent).status in (401, 403, 404)


@as_root
def test_a_uid_that_is_nobody_s_is_refused_by_the_broker(broker, token):
    connection, session = slow_request(broker, token)
    open_for_all(broker)
    done = as_nobody("sessions", "kill", session, "--config", broker.config_path)
    assert done.returncode == 1, done.stderr
    assert connection._take_until(b"\n")
    connection.close()


@as_root
def test_uid_0_has_no_right_that_is_not_written(make_broker):
    broker = make_broker(change=lambda config: config["admin"].update(
        users=[{"uid": NOBODY, "subject": "n", "groups": ["admin"]}])).start()
    connection, session = slow_request(broker, broker.token())
    done = broker.cli("sessions", "kill", session)
    assert done.returncode == 1, done.stderr
    open_for_all(broker)
    assert connection._take_until(b"\n")
    connection.close()


def test_an_auditor_by_uid_may_look_but_not_kill(make_broker):
    broker = make_broker(change=lambda config: config["admin"]["users"][0].update(
        groups=["auditor"])).start()
    connection, session = slow_request(broker, broker.token())
    assert broker.cli("sessions", "kill", session).returncode == 1
    assert session in broker.cli("sessions", "list").stdout
    connection.close()


def test_tail_shows_commands_and_decisions_as_they_happen(broker, token):
    tail = Child([PROGRAM, "sessions", "tail", "--config", broker.config_path], "tail", broker.directory)
    try:
        deadline = time.monotonic() + 10
        while not ("DELETE" in tail.output() and "GET /v1/orders/7?tail=1" in tail.output()):
            assert tail.running() and time.monotonic() < deadline, tail.output()
            broker.get("/v1/orders/7?tail=1", token=token)
            broker.get("/v1/orders/7", "-X", "DELETE", token=token)
        assert "no-delete" in tail.output() and "agent-7" in tail.output()
    finally:
        tail.kill()


def test_tail_as_json_is_one_object_per_line(broker, token):
    tail = Child([PROGRAM, "sessions", "tail", "--json", "--config", broker.config_path], "tailj",
                 broker.directory)
    try:
        deadline = time.monotonic() + 10
        while "GET" not in tail.output():
            assert tail.running() and time.monotonic() < deadline, tail.output()
            broker.get("/v1/orders", token=token)
        for line in tail.output().split("\n")[:-1]:
            json.loads(line)
    finally:
        tail.kill()


def test_a_reader_of_tail_that_stops_reading_does_not_hold_up_agents(broker, token):
    tail = subprocess.Popen([PROGRAM, "sessions", "tail", "--config", str(broker.config_path)],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        done = []
        worker = threading.Thread(target=lambda: done.extend(
            broker.get(f"/fast?stuck={n}{'x' * 3000}", token=token).status for n in range(100)))
        worker.start()
        worker.join(60)
        assert done == [200] * 100
    finally:
        tail.kill()
        tail.wait()
        tail.stdout.close()
