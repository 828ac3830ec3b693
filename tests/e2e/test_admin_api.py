"""Every operation of docs/admin-api.yaml, asked by curl and held against what the file says."""

import json
import threading

import jsonschema
import pytest

from support import pki
from support.client import Connection, curl, request
from support.openapi import Description
from support.process import wait_until

DESCRIPTION = Description()


def live_session(broker):
    """The id of a session that lives: one request opens it."""
    broker.get("/v1/orders", token=broker.token())
    return broker.admin("/v1/sessions", token=broker.token(subject="alice")).json()[0]["id"]


def sealed_secret(broker):
    """The name of a secret that is set."""
    broker.cli("secret", "set", "api", stdin="value")
    return "api"


def disabled(broker):
    done = broker.cli("access", "disable", "agent-7")
    assert done.returncode == 0, done.stderr
    return done


def locked(broker):
    """Failed logins of agent-9 until it is locked."""
    other = pki.make_key(broker.directory / "other.pem")
    broker.changed(lambda config: config.update(limits={"failed_logins": 1}))
    broker.reload()
    wait_until(lambda: "reloaded" in broker.log(), 10, "the reload")
    token = broker.forge(broker.token(subject="agent-9"), key=other)
    assert broker.get("/v1/orders", token=token).status == 401
    return token


# For each operation how to ask for it so that it answers with success: what goes into the path, the query, the
# body (`json` or `bytes`), and the status when that is not 200. A function gets the broker and returns that.
OPERATIONS = {
    "getHealth": lambda broker: {},
    "getReadiness": lambda broker: {},
    "getMetrics": lambda broker: {},
    "whoAmI": lambda broker: {},
    "getCa": lambda broker: {},
    "listSessions": lambda broker: {"first": live_session(broker)},
    "getSession": lambda broker: {"path": {"id": live_session(broker)}},
    "tailSessions": lambda broker: {},
    "killSession": lambda broker: {"path": {"id": live_session(broker)}, "json": {"reason": "a test"}},
    "listSecrets": lambda broker: {"first": sealed_secret(broker)},
    "setSecret": lambda broker: {"path": {"name": "crm"}, "query": "kind=token", "bytes": b"\0\xffvalue"},
    "removeSecret": lambda broker: {"path": {"name": sealed_secret(broker)}},
    "listPrincipals": lambda broker: {"first": live_session(broker), "query": "subject=*&limit=10"},
    "listGrants": lambda broker: {"first": live_session(broker), "query": "subject=agent-7"},
    "getAccess": lambda broker: {"first": disabled(broker) and locked(broker)},
    "disableAccess": lambda broker: {"json": {"subject": "agent-7", "issuer": "dev", "reason": "a test"}},
    "enableAccess": lambda broker: {"first": disabled(broker), "json": {"subject": "agent-7"}},
    "unlockAccess": lambda broker: {"first": locked(broker), "json": {"who": "agent-9"}},
}


def ask(broker, operation, token=None, path=None, query="", body=None, method=None, **_ignored):
    url = f"http://127.0.0.1:{broker.admin_port}{operation.url(path)}" + (f"?{query}" if query else "")
    arguments = ["-X", method or operation.method]
    data = None
    if body is not None:
        arguments += ["-H", f"Content-Type: {operation.body_type()}"]
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return curl(url, *arguments, token=token, data=data)


def follow(broker, operation, token):
    """The first lines of a tail, which goes on until the session that it follows was seen."""
    lines = []
    reader = threading.Thread(target=lambda: lines.append(curl(
        f"http://127.0.0.1:{broker.admin_port}{operation.url()}", "--no-buffer", token=token, timeout=3)))
    reader.start()
    agent = broker.token()
    while reader.is_alive():
        broker.get("/v1/orders", token=agent)
    return lines[0]


def test_the_description_is_a_sound_document():
    document = DESCRIPTION.document
    assert document["openapi"].startswith("3.1.")
    for reference in DESCRIPTION.references():
        DESCRIPTION.resolved({"$ref": reference})
    for place, schema in DESCRIPTION.schemas():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            pytest.fail(f"{place}: {error.message}")
    tags = {tag["name"] for tag in document["tags"]}
    for operation in DESCRIPTION.operations.values():
        assert operation.value["summary"] and set(operation.value["tags"]) <= tags, operation.id
        for status, response in operation.value["responses"].items():
            described = DESCRIPTION.resolved(response)
            assert described["description"] and described["content"], (operation.id, status)


def test_every_operation_is_asked_for_here():
    assert set(OPERATIONS) == set(DESCRIPTION.operations)


@pytest.mark.parametrize("name", sorted(DESCRIPTION.operations))
def test_an_operation_answers_as_described(broker, name):
    operation = DESCRIPTION.operations[name]
    token = broker.token(subject="alice")
    if name == "tailSessions":
        response = follow(broker, operation, token)
        assert len(response.text.split("\n")) > 2
    else:
        how = OPERATIONS[name](broker)
        if "json" in how or "bytes" in how:
            how["body"] = how.get("json", how.get("bytes"))
        response = ask(broker, operation, token, **how)
        assert response.status == how.get("status", 200), response.text
    operation.check(response)


@pytest.mark.parametrize("name", sorted(DESCRIPTION.operations))
def test_an_operation_refuses_as_described(broker, name):
    operation = DESCRIPTION.operations[name]
    wrong = ask(broker, operation, broker.token(subject="alice"), method="BREW")
    assert wrong.status == 405 and operation.method in wrong.header("Allow").split(", ")
    if operation.privilege == "none":
        return
    for token in (None, "rubbish", broker.token(subject="agent-7", groups=["admin"])):
        stranger = ask(broker, operation, token)
        assert stranger.status == 401
        operation.check(stranger)
    odd = ask(broker, operation, broker.token(subject="alice"), query="no-such-parameter=1")
    assert odd.status == 400
    operation.check(odd)
    if operation.body_type():
        kind = curl(f"http://127.0.0.1:{broker.admin_port}{operation.url()}", "-X", operation.method,
                    "-H", "Content-Type: text/html", token=broker.token(subject="alice"), data=b"x")
        assert kind.status == 415
        operation.check(kind)


def test_head_is_answered_wherever_get_is(broker):
    token = broker.token(subject="alice")
    for operation in DESCRIPTION.operations.values():
        if operation.method != "GET":
            continue
        with Connection(broker.admin_port) as connection:
            connection.send(request("HEAD", operation.url(), token, [("Connection", "close")]))
            head = connection.response("HEAD")
            assert head.status in (200, 400, 404) and connection.rest() == b"", operation.id


def test_a_body_beyond_the_limit_is_refused(broker):
    token = broker.token(subject="alice")
    for operation in DESCRIPTION.operations.values():
        if operation.body_type():
            response = ask(broker, operation, token, body=b"x" * (64 * 1024 + 1))
            assert response.status == 413, operation.id
            operation.check(response)


def test_a_path_that_can_be_read_in_two_ways_is_refused(broker):
    token = broker.token(subject="alice")
    for path in ("/v1//sessions", "/v1/sessions/%2e%2e/whoami", "/v1/sessions/a%2Fkill"):
        response = curl(f"http://127.0.0.1:{broker.admin_port}{path}", "--path-as-is", token=token)
        assert response.status == 400, path


def test_what_the_description_calls_privileged_is_recorded(broker):
    token = broker.token(subject="audrey")
    asked = [one for one in DESCRIPTION.operations.values()
             if one.privilege not in ("none", "person") and one.method != "GET"]
    for operation in asked:
        assert ask(broker, operation, token).status == 403
    calls = wait_until(lambda: [dict(leaf["fields"]) for leaf in broker.store.leaves("admin.call")], 5,
                       "the records")
    assert [(call["operation"], call["subject"], call["status"]) for call in calls] == [
        (operation.id, "audrey", "403") for operation in asked]
