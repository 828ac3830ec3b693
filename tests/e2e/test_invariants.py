"""The invariants of docs/ARCHITECTURE.md that can be seen from outside, by name and number."""

import collections
import re
import time

from support.broker import API_SECRET
from support.client import Connection, request
from support.load import Load
from support.process import wait_until


def upstream_names(world, tag):
    """The numbered requests of a Load that reached nginx."""
    return re.findall(rf"n=({tag}\d+) ", "\n".join(world.nginx.access_log()) + " ")


def test_invariant_1_no_permit_no_byte_upstream(broker, token, world):
    """Whatever is refused, at whatever stage, the target has seen nothing of it."""
    before = len(world.received()), len(world.nginx.access_log())
    attempts = [
        request("DELETE", "/orders/v1/orders/7", token),
        request("POST", "/orders/v1/orders", "bad-token", body=b"{}"),
        request("GET", "/orders/v1/orders"),
        request("GET", "/orders/v1//orders", token),
        request("GET", "/orders/v1/%2e%2e%2fadmin", token),
        request("BREW", "/orders/v1/orders", token),
        request("DELETE", "/orders/sink", token, body=b"x" * 100_000),
        request("GET", "/orders/v1/orders", token, headers=[("X-HTTP-Method-Override", "DELETE")]),
        b"GET /orders/v1/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Length: 4\r\nAuthorization: Bearer " + token.encode() + b"\r\n\r\n0\r\n\r\n",
    ]
    for attempt in attempts:
        with Connection(broker.port) as connection:
            connection.send(attempt)
            assert connection.response().status in (400, 401, 403, 405, 501), attempt[:80]
    assert (len(world.received()), len(world.nginx.access_log())) == before


def test_invariant_2_write_ahead_every_request_upstream_has_its_intent(broker, token, world):
    """Killed at any moment: what nginx saw is in the store, and so is what the client got."""
    load = Load(broker.port, token, connections=8, tag="wa")
    wait_until(lambda: len(load.answers) > 300, 30, "some load")
    broker.child.kill()
    load.stop()
    broker.start()
    stored = set(re.findall(r"n=(wa\d+)", "\n".join(row["text"] for row in broker.commands())))
    assert set(upstream_names(world, "wa")) <= stored
    assert set(load.answered()) <= stored
    assert broker.verify().returncode == 0


def test_invariant_2_a_denial_is_durable_before_it_is_answered(broker, token):
    with Connection(broker.port) as connection:
        connection.send(request("DELETE", "/orders/v1/orders/7", token))
        problem = connection.response().json()
        broker.child.kill()
    broker.start()
    assert broker.commands(f"event = {problem['event']}")[0]["decision"] == "deny"


def test_invariant_3_unknown_is_denied(make_broker, world):
    """An allow of everything we model does not let pass what we do not."""
    broker = make_broker({"version": 1, "roles": [
        {"name": "all", "groups": ["agents"], "targets": ["*"], "rules": ["everything"]}],
        "rules": [{"id": "everything", "effect": "allow", "when": {"action": [
            "read", "write", "delete", "define", "administer", "execute", "transfer", "forward"]}}]})
    broker.start()
    token = broker.token()
    assert broker.get("/v1/orders", token=token).status == 200
    before = len(world.received())
    for method in ("BREW", "MKCOL", "TRACE", "CONNECT"):
        response = broker.get("/v1/orders", "-X", method, token=token)
        assert response.status in (400, 403, 405, 501), (method, response.text)
    for path in ("/v1//orders", "/v1/orders%2f7", "/v1/orders;x=1", "/v1/%252e%252e/x", "/v1/%c0%af"):
        assert broker.get(path, "--path-as-is", token=token).status in (400, 403), path
    assert len(world.received()) == before


def test_invariant_4_no_secret_or_token_anywhere(make_broker, tmp_path):
    """Tokens and credentials are in no file of the store, no log line, no answer."""
    broker = make_broker(change=lambda config: config["targets"].append(
        {"name": "keyed", "protocol": "http", "url": config["targets"][0]["url"],
         "credential": {"query": "api_key", "value": "file:keys/api.secret"}})).start()
    token = broker.token()
    forged = broker.forge(token, key=broker.world.corp_key)
    said = []
    for one in (token, forged, token + "x"):
        said.append(broker.get("/v1/orders", token=one))
        said.append(broker.get("/v1/orders/7", "-X", "DELETE", token=one))
    said.append(broker.get("/v1/orders", target="keyed", token=token))
    broker.admin("/metrics", token=token)
    session = said[0].header("Sallyport-Session")
    printed = [broker.cli("replay", session, "--format", kind).stdout for kind in ("text", "jsonl", "har")]
    printed += [broker.cli("sessions", "show", session, "--json").stdout, broker.cli("check").stdout]
    assert broker.stop() == 0
    key_file = (broker.directory / "keys/dev_issuer.pem").read_text().splitlines()[1]
    parts = [token, forged, *token.split(".")[1:], forged.split(".")[2], API_SECRET, key_file]
    for secret in parts:
        assert not broker.store.contains(secret)
        assert secret not in broker.log()
        for answer in said:
            assert secret not in answer.text and secret not in str(answer.headers)
        for output in printed:
            assert secret not in output
    everything = [path for path in broker.directory.rglob("*") if path.is_file()]
    holders = {path.name for path in everything if API_SECRET.encode() in path.read_bytes()}
    assert holders == {"api.secret"}


def test_invariant_7_an_altered_record_is_found_and_a_torn_tail_is_not_corruption(broker, token, tmp_path):
    for _ in range(5):
        broker.get("/v1/orders", token=token)
    load = Load(broker.port, token, tag="torn")
    wait_until(lambda: len(load.answers) > 100, 30, "some load")
    broker.child.kill()
    load.stop()
    # The torn tail: the store as the kill left it, and once more with half of the log's last page gone.
    assert broker.verify().returncode == 0
    torn = broker.store.copy(tmp_path / "torn")
    wal = next((path for path in torn.files() if path.name == "audit.db-wal"), None)
    if wal:
        data = wal.read_bytes()
        wal.write_bytes(data[:len(data) - 2000])
        from support.broker import run
        assert run("audit", "verify", "--store", f"sqlite:{torn.path}").returncode == 0


def test_invariant_8_every_wait_has_a_deadline(make_broker):
    """Half a head, half a body, and an idle connection all end; others are served meanwhile."""
    broker = make_broker().start()
    token = broker.token()
    waiting = {
        "half a head": b"GET /orders/v1/orders HTTP/1.1\r\nHost: a\r\nX-",
        "nothing at all": b"",
    }
    connections = {name: Connection(broker.port, timeout=60) for name in waiting}
    started = time.monotonic()
    for name, data in waiting.items():
        connections[name].send(data)
    ended = collections.OrderedDict()
    for _ in range(20):
        assert broker.get("/v1/orders", token=token).status == 200
    for name, connection in connections.items():
        text = connection.rest()
        ended[name] = time.monotonic() - started
        assert text == b"" or text.startswith(b"HTTP/1.1 408"), text
        connection.close()
    assert max(ended.values()) < 60


def test_invariant_8_every_size_has_a_limit(broker, token):
    cases = {
        431: request("GET", "/orders/v1/orders", token, headers=[("X-Long", "a" * 300_000)]),
        414: request("GET", "/orders/" + "a" * 100_000, token),
    }
    for status, attempt in cases.items():
        with Connection(broker.port) as connection:
            try:
                connection.send(attempt)
            except (BrokenPipeError, ConnectionResetError):
                pass
            try:
                assert connection.response().status in (status, 400, 431)
            except ConnectionError:
                pass  # refused so early that the reset overtook the answer
    many = request("GET", "/orders/v1/orders", token, headers=[(f"X-{n}", "1") for n in range(2000)])
    with Connection(broker.port) as connection:
        connection.send(many)
        assert connection.response().status == 431
    assert broker.get("/v1/orders", token=token).status == 200
