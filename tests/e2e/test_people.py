"""People with different groups, on the socket by uid and on the address by token: each does what their groups say
and nothing else, and every call of theirs is in the record."""

import os

import pytest

from support.broker import run
from support.client import Connection, curl, request
from support.faults import Faults
from support.openapi import Description
from support.process import Child, wait_until

DESCRIPTION = Description()
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")

PEOPLE = [
    {"uid": os.getuid(), "subject": "operator", "groups": ["admin"]},
    {"uid": NOBODY, "subject": "nina", "groups": ["auditor"]},
    {"issuer": "dev", "subject": "alice", "groups": ["admin"]},
    {"issuer": "dev", "subject": "audrey", "groups": ["auditor"]},
    {"issuer": "dev", "subject": "paula", "groups": ["approver"]},
    {"issuer": "dev", "subject": "sam", "groups": ["sre"]},
    {"issuer": "dev", "subject": "dora", "groups": ["dba"]},
]
READS = {"read-sessions", "read-secrets", "read-access", "read-ca"}
PRIVILEGES = {
    "alice": {one for one in DESCRIPTION.document["components"]["schemas"]["Privilege"]["enum"]},
    "audrey": READS,
    "paula": {"read-ca"},
    "sam": {"read-sessions", "end-sessions"},
    "dora": set(),
}


@pytest.fixture
def people(make_broker):
    def change(config):
        config["admin"]["users"] = PEOPLE
        config["admin"]["groups"] = {"sre": ["read-sessions", "end-sessions"]}
    broker = make_broker(change=change).start()
    yield broker
    if broker.child.running():
        assert broker.stop() == 0, broker.log()[-2000:]


def calls(broker, **wanted):
    """The recorded calls with these fields, oldest first."""
    found = [dict(leaf["fields"]) for leaf in broker.store.leaves("admin.call")]
    return [call for call in found if all(call.get(name) == value for name, value in wanted.items())]


def live_session(broker, subject="agent-7"):
    return broker.get("/v1/orders", token=broker.token(subject=subject)).header("Sallyport-Session")


def let_in(broker, everybody=0o666):
    """Opens the folders and the socket to everybody, so that the broker's own check is what refuses."""
    path = broker.directory
    while str(path).startswith("/tmp/"):
        os.chmod(path, os.stat(path).st_mode | 0o055)
        path = path.parent
    for folder in ("run", "data", "keys"):
        os.chmod(broker.directory / folder, 0o755)
    os.chmod(broker.directory / "run/admin.sock", everybody)


def as_nina(broker, *arguments):
    prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return run(*arguments, "--config", broker.config_path, prefix=prefix)


def on_socket(broker, method, path, *arguments, uid=None):
    prefix = f"setpriv --reuid={uid} --regid={uid} --clear-groups ".split() if uid else []
    done = Child([*prefix, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket",
                  broker.directory / "run/admin.sock", "-X", method, *arguments,
                  f"http://localhost{path}"], f"curl-{os.urandom(4).hex()}", "/tmp")
    done.process.wait(30)
    status = int(done.output())
    os.unlink(done.log)
    return status


@pytest.mark.parametrize("subject", sorted(PRIVILEGES))
def test_a_person_may_do_what_the_groups_say_and_nothing_else(people, subject):
    token = people.token(subject=subject, groups=["admin"])  # the token's own groups mean nothing here
    known = people.admin("/v1/whoami", token=token).json()
    assert known["subject"] == subject and known["via"] == "token"
    assert set(known["privileges"]) == PRIVILEGES[subject]
    session = live_session(people)
    for operation in DESCRIPTION.operations.values():
        if operation.id == "tailSessions" or operation.privilege in ("none", "person"):
            continue
        path = operation.url({"id": session} if operation.path.startswith("/v1/sessions") else {})
        response = people.admin(path, "-X", operation.method, token=token)
        refused = operation.privilege not in PRIVILEGES[subject]
        assert (response.status == 403) == refused, (operation.id, response.text)
        assert response.status != 401
        recorded = calls(people, subject=subject, operation=operation.id)
        assert recorded and recorded[-1]["via"] == "token", operation.id
        assert (recorded[-1]["status"] == "403") == refused
    ended = people.admin(f"/v1/sessions/{session}", token=people.token(subject="alice")).status == 404
    assert ended == ("end-sessions" in PRIVILEGES[subject])


@as_root
def test_two_people_on_the_socket_are_told_apart_by_their_uid(people):
    session = live_session(people)
    let_in(people)
    assert on_socket(people, "GET", "/v1/sessions", uid=NOBODY) == 200
    assert on_socket(people, "POST", f"/v1/sessions/{session}/kill", uid=NOBODY) == 403
    refused = as_nina(people, "sessions", "kill", session)
    assert refused.returncode == 1 and "end-sessions" in refused.stderr
    assert on_socket(people, "GET", "/v1/sessions", uid=NOBODY - 1) == 403
    assert people.cli("sessions", "kill", session, "--reason", "enough").returncode == 0
    assert [(call["subject"], call["via"], call["operation"], call["status"]) for call in calls(people)] == [
        ("nina", f"uid {NOBODY}", "listSessions", "200"),
        ("nina", f"uid {NOBODY}", "killSession", "403"),
        ("nina", f"uid {NOBODY}", "killSession", "403"),
        ("", f"uid {NOBODY - 1}", "", "403"),
        ("operator", f"uid {os.getuid()}", "killSession", "200"),
    ]
    assert calls(people)[-1]["reason"] == "enough"
    assert people.verify().returncode == 0


@as_root
def test_a_token_on_the_socket_makes_nobody_somebody_else(people):
    let_in(people)
    alice = f"Authorization: Bearer {people.token(subject='alice')}"
    session = live_session(people)
    assert on_socket(people, "POST", f"/v1/sessions/{session}/kill", "-H", alice, uid=NOBODY) == 403


def test_who_is_refused_is_recorded_before_the_answer(people):
    assert people.admin("/v1/sessions").status == 401
    assert people.admin("/v1/sessions", token="rubbish").status == 401
    agent = people.token(subject="agent-7", groups=["admin"])
    assert people.admin("/v1/sessions", token=agent).status == 401
    for_alice = people.token(subject="alice", actor="agent-7")
    assert people.admin("/v1/sessions", token=for_alice).status == 401
    refused = calls(people, status="401")
    assert [call["refusal"] for call in refused][0] == "no bearer token" and len(refused) == 4
    assert [call["subject"] for call in refused][2:] == ["agent-7", "alice"]
    logins = people.store.query("SELECT * FROM logins WHERE protocol = 'admin' AND outcome = 'refused'")
    assert len(logins) == 4
    assert not people.store.contains(agent) and agent not in people.log()


def test_a_person_who_is_removed_is_out_at_once(people):
    token = people.token(subject="audrey")
    tail = Connection(people.admin_port)
    tail.send(request("GET", "/v1/sessions/tail", token))
    agent = people.token()
    while b'"kind":"command"' not in tail.buffer:
        people.get("/v1/orders", token=agent)
        tail._more()
    kept = Connection(people.admin_port)
    assert kept.send(request("GET", "/v1/sessions", token)).response().status == 200
    people.changed(lambda config: config["admin"].update(
        users=[one for one in PEOPLE if one["subject"] != "audrey"]))
    people.reload()
    wait_until(lambda: "reloaded" in people.log(), 10, "the reload")
    assert kept.send(request("GET", "/v1/sessions", token)).response().status == 401
    assert people.admin("/v1/sessions", token=token).status == 401
    rest = tail.buffer + tail.rest()
    assert b"may not read sessions any more" in rest
    kept.close()
    tail.close()


def test_ending_a_session_needs_no_store_and_is_recorded_when_there_is_one(make_broker, tmp_path):
    broker = make_broker()
    disk = Faults("disk", tmp_path / "faults", watched=broker.directory / "data")
    broker.start(env=disk.env)
    session = live_session(broker)
    disk.fail("sync", "EIO")
    disk.fail("write", "ENOSPC")
    wait_until(lambda: broker.get("/v1/orders", token=broker.token()).status == 503, 20, "the failure")
    assert broker.cli("sessions", "kill", session, "--reason", "in the dark").returncode == 0
    disk.heal()
    wait_until(lambda: calls(broker, reason="in the dark", status="200"), 20, "the record")
    assert broker.stop() == 0
    assert broker.verify().returncode == 0


def test_duties_that_should_be_apart_are_a_warning(people):
    people.changed(lambda config: config["admin"].update(users=[
        *PEOPLE, {"uid": 4321, "subject": "audrey", "groups": ["sre"]}]))
    done = people.cli("check")
    assert done.returncode == 0
    assert "audrey is an auditor and may also end-sessions" in done.stderr and "broker.yaml:" in done.stderr


def test_the_address_speaks_tls_and_only_loopback_may_do_without(make_broker, world, tmp_path):
    def change(config):
        config["admin"].update(address=f"0.0.0.0:{config['admin']['address'].split(':')[1]}")
        config["tls"] = {"certificate": str(world.certificate), "key": str(world.key)}
    broker = make_broker(change=change)
    url = f"https://localhost:{broker.admin_port}"
    authority = world.authority.certificate
    broker.launch().wait_ready(lambda: curl(url + "/readyz", "--cacert", authority).status == 200, 15)
    token = broker.token(subject="alice")
    assert curl(url + "/v1/sessions", "--cacert", authority, token=token).status == 200
    assert curl(f"http://localhost:{broker.admin_port}/v1/sessions", token=token).status in (0, 400)
    file = tmp_path / "token"
    file.write_text(token)
    session = live_session(broker)
    kill = ["sessions", "kill", session, "--broker", url, "--token-file", file]
    untrusted = run(*kill, "--ca", world.other_authority.certificate)
    assert untrusted.returncode == 1 and "certificate" in untrusted.stderr
    done = run(*kill, "--ca", authority)
    assert done.returncode == 0, done.stderr
    clear = run("sessions", "kill", session, "--broker", "http://192.0.2.1:8081", "--token-file", file)
    assert clear.returncode == 2 and "https only" in clear.stderr
    assert broker.stop() == 0
    broker.changed(lambda config: config["admin"].update(tls=False))
    wrong = broker.cli("check")
    assert wrong.returncode == 2 and "loopback address only" in wrong.stdout + wrong.stderr


def test_without_a_broker_the_same_people_may_do_the_same_and_it_is_recorded(make_broker):
    broker = make_broker()
    assert broker.cli("secret", "set", "crm", stdin="first").returncode == 0
    assert [row["reference"] for row in broker.cli_json("secret", "list")][-1] == "secret:crm"
    broker.changed(lambda config: config["admin"]["users"][0].update(groups=["auditor"], subject="ann"))
    refused = broker.cli("secret", "set", "crm", stdin="second")
    assert refused.returncode == 1 and "change-secrets" in refused.stderr
    assert broker.cli("secret", "list").returncode == 0
    assert [(call["subject"], call["operation"], call["status"]) for call in calls(broker)] == [
        ("operator", "setSecret", "begun"), ("operator", "listSecrets", "200"),
        ("ann", "setSecret", "403"), ("ann", "listSecrets", "200")]
    assert {call["client_address"] for call in calls(broker)} == {"local"}
    assert [dict(leaf["fields"])["status"] for leaf in broker.store.leaves("admin.result")] == ["200"]
    kill = broker.cli("sessions", "kill", "01890000-0000-7000-8000-000000000000")
    assert kill.returncode == 1 and "serve" in kill.stderr
    assert broker.verify().returncode == 0
    # And the broker starts with what was done meanwhile.
    broker.start()
    assert broker.cli_json("secret", "list")[-1]["version"] == 1
    assert broker.stop() == 0


@as_root
def test_a_broker_that_runs_and_cannot_be_reached_is_no_reason_to_go_round_it(people):
    let_in(people, everybody=0o660)
    for path in ("keys/secrets.key", "keys/api.secret", "keys/dev_issuer.pem"):
        os.chown(people.directory / path, NOBODY, NOBODY)  # so that nothing else stands in the way
    done = as_nina(people, "secret", "list")
    assert done.returncode == 1 and "Permission denied" in done.stderr, done.stderr
    for path in ("keys/secrets.key", "keys/api.secret", "keys/dev_issuer.pem"):
        os.chown(people.directory / path, 0, 0)


@as_root
def test_a_store_of_somebody_else_is_not_written_to_without_a_broker(make_broker):
    broker = make_broker().start()
    assert broker.stop() == 0
    os.chown(broker.store.path, NOBODY, NOBODY)
    before = {path.name for path in broker.store.files()}
    done = broker.cli("secret", "set", "crm", stdin="value")
    assert done.returncode == 1 and f"uid {NOBODY}" in done.stderr
    assert {path.name for path in broker.store.files()} == before
