"""The whole road with real curl and nginx: allowed, refused, recorded, replayed, proven."""

import json

import pytest

from support.broker import API_SECRET
from support.client import curl

MEMBERS = {"code", "message", "rule", "reason", "retryable", "approval", "session", "event"}


def test_an_allowed_request_reaches_the_api_with_the_broker_credential_only(broker, token, world):
    response = broker.get("/debug/headers", token=token)
    assert response.status == 200
    headers = world.received()[-1]["headers"]
    authorization = [value for name, value in headers if name.lower() == "authorization"]
    assert authorization == ["Bearer " + API_SECRET]
    assert token not in json.dumps(headers)
    # The echo comes back without it.
    assert dict(response.json()["headers"])["Authorization"] == "Bearer " + "*" * len(API_SECRET)


def test_the_answer_carries_the_session_id(broker, token):
    first = broker.get("/v1/orders", token=token)
    second = broker.get("/v1/orders/7", token=token)
    assert first.header("Sallyport-Session")
    assert first.header("Sallyport-Session") == second.header("Sallyport-Session")


def test_every_method_of_the_api_works_through_the_broker(broker, token):
    created = broker.get("/v1/orders", "-H", "Content-Type: application/json", token=token,
                         data=b'{"item": "kite"}')
    assert created.status == 201
    order = created.json()
    path = f"/v1/orders/{order['id']}"
    changed = broker.get(path, "-X", "PUT", token=token, data=b'{"item": "glider"}')
    assert (changed.status, changed.json()["item"]) == (200, "glider")
    patched = broker.get(path, "-X", "PATCH", token=token, data=b'{"quantity": 3}')
    assert patched.json()["quantity"] == 3
    assert broker.get(path, token=token).json() == {"id": order["id"], "item": "glider", "quantity": 3}
    assert broker.get(path, "--head", token=token).status == 200
    assert broker.get("/v1/orders/999", token=token).status == 404


def test_a_delete_is_refused_with_a_problem_that_names_the_rule(broker, token, world):
    before = len(world.received())
    response = broker.get("/v1/orders/7", "-X", "DELETE", token=token)
    assert response.status == 403
    assert response.header("Content-Type").split(";")[0] == "application/problem+json"
    problem = response.json()
    assert MEMBERS <= problem.keys()
    assert problem["status"] == 403
    assert problem["code"] == "denied"
    assert problem["rule"] == "no-delete"
    assert problem["reason"] == "Orders are never deleted by agents."
    assert problem["retryable"] is False
    assert problem["approval"] is None
    assert problem["session"] == response.header("Sallyport-Session")
    assert isinstance(problem["event"], int)
    assert not [seen for seen in world.received()[before:] if seen["method"] == "DELETE"]
    assert broker.get("/v1/orders/7", token=token).status == 200


def test_the_event_of_a_denial_is_the_number_in_the_commands_view(broker, token):
    problem = broker.get("/v1/orders/7", "-X", "DELETE", token=token).json()
    row = broker.commands(f"event = {problem['event']}")[0]
    assert (row["decision"], row["rule"], row["text"]) == ("deny", "no-delete", "DELETE /v1/orders/7")


def test_nothing_matching_is_a_denial_without_a_rule(make_broker):
    broker = make_broker({"version": 1, "rules": [
        {"id": "one-path", "when": {"http.path": "/v1/orders"}, "effect": "allow"}],
        "roles": [{"name": "r", "groups": ["agents"], "targets": ["orders"], "rules": ["one-path"]}]})
    broker.start()
    token = broker.token()
    assert broker.get("/v1/orders", token=token).status == 200
    refused = broker.get("/v1/orders/7", token=token)
    assert refused.status == 403
    assert not refused.json()["rule"]
    assert refused.json()["reason"]


def test_a_target_without_a_role_is_refused(broker):
    stranger = broker.token(groups=["nobody-knows"])
    response = broker.get("/v1/orders", token=stranger)
    assert response.status == 403
    assert response.json()["code"] == "denied"


def test_an_unknown_target_is_not_found_or_refused_alike(broker, token):
    response = broker.get("/anything", target="no-such-target", token=token)
    assert response.status in (403, 404)
    assert response.header("Content-Type").startswith("application/problem+json")


def test_the_session_is_listed_and_shown(broker):
    token = broker.token(subject="agent-list", actor="carol")
    session = broker.get("/v1/orders", token=token).header("Sallyport-Session")
    broker.get("/v1/orders/7", "-X", "DELETE", token=token)
    listed = [row for row in broker.sessions() if row["id"] == session]
    assert len(listed) == 1
    assert listed[0]["subject"] == "agent-list"
    assert listed[0]["target"] == "orders"
    assert session in broker.cli("sessions", "list").stdout
    shown = broker.cli("sessions", "show", session)
    assert shown.returncode == 0
    for words in ("agent-list", "GET /v1/orders", "DELETE /v1/orders/7", "no-delete", "carol"):
        assert words in shown.stdout, shown.stdout
    assert broker.cli_json("sessions", "show", session)


def test_commands_that_only_read_work_while_no_broker_runs(broker, token):
    session = broker.get("/v1/orders", token=token).header("Sallyport-Session")
    assert broker.stop() == 0
    assert session in broker.cli("sessions", "list").stdout
    assert broker.cli("sessions", "show", session).returncode == 0
    assert "GET /v1/orders" in broker.cli("replay", session).stdout
    assert broker.verify().returncode == 0


@pytest.fixture
def recorded(broker, token):
    session = broker.get("/v1/orders", token=token).header("Sallyport-Session")
    broker.get("/debug/headers?note=hello", "-H", "Content-Type: text/plain", token=token,
               data=b"a body to remember")
    broker.get("/v1/orders/7", "-X", "DELETE", token=token)
    broker.settle()
    return session


def test_replay_as_text_shows_requests_and_answers(broker, recorded):
    text = broker.cli("replay", recorded, "--speed", "1000").stdout
    for words in ("GET /v1/orders", "anvil", "a body to remember", "DELETE /v1/orders/7", "no-delete"):
        assert words in text, text


def test_replay_as_jsonl_gives_one_object_per_line(broker, recorded):
    done = broker.cli("replay", recorded, "--format", "jsonl")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines and all(isinstance(line, dict) for line in lines)
    assert "a body to remember" in done.stdout


def test_replay_as_har_loads_as_har(broker, recorded):
    har = json.loads(broker.cli("replay", recorded, "--format", "har").stdout)["log"]
    assert har["version"] == "1.2" and har["creator"]["name"]
    assert len(har["entries"]) == 3
    for entry in har["entries"]:
        assert entry["startedDateTime"].endswith("Z")
        assert entry["time"] >= 0 and entry["timings"].keys() >= {"send", "wait", "receive"}
        assert entry["request"].keys() >= {"method", "url", "httpVersion", "headers", "queryString",
                                           "cookies", "headersSize", "bodySize"}
        assert entry["response"].keys() >= {"status", "statusText", "httpVersion", "headers",
                                            "cookies", "content", "redirectURL"}
    get, post, delete = har["entries"]
    assert (get["request"]["method"], get["response"]["status"]) == ("GET", 200)
    assert "anvil" in get["response"]["content"]["text"]
    assert post["request"]["postData"]["text"] == "a body to remember"
    assert {"name": "note", "value": "hello"} in post["request"]["queryString"]
    assert delete["request"]["method"] == "DELETE"


def test_replay_of_an_unknown_session_is_an_error_that_names_it(broker):
    missing = "01890000-0000-7000-8000-000000000000"
    done = broker.cli("replay", missing)
    assert done.returncode != 0
    assert missing in done.stderr


def test_the_broker_runs_from_what_init_wrote(world, tmp_path):
    assert "targets" in "".join(path.read_text() for path in world._template.glob("*.yaml"))


def test_health_and_readiness_and_metrics_are_on_the_admin_address(broker, token):
    broker.get("/v1/orders", token=token)
    broker.get("/v1/orders/7", "-X", "DELETE", token=token)
    assert broker.admin("/healthz").status == 200
    assert broker.admin("/readyz").status == 200
    metrics = broker.admin("/metrics")
    assert metrics.header("Content-Type").startswith("text/plain")
    lines = metrics.text.splitlines()
    assert any(line.startswith("sallyport_") and "allow" in line for line in lines)
    assert any(line.startswith("sallyport_") and "deny" in line for line in lines)
    assert curl(f"http://127.0.0.1:{broker.port}/metrics").status in (401, 404)
