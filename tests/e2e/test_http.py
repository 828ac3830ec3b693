"""HTTP as clients and servers know it, through the broker."""

import base64
import hashlib
import time

import pytest

from support.broker import API_SECRET
from support.client import Connection, curl, request
from support.process import wait_until


def seen_headers(response):
    return {name.lower(): value for name, value in response.json()["headers"]}


def last_command(broker, text):
    """The stored command, once its outcome is there."""
    def finished():
        rows = broker.commands(f"text = '{text}' AND status IS NOT NULL AND status <> ''")
        return rows and rows[-1]
    return wait_until(finished, 10, f"the outcome of {text}")


def test_chunked_answers_arrive_whole_and_chunked(broker, token):
    with Connection(broker.port) as connection:
        connection.send(request("GET", "/orders/chunked?pieces=5", token))
        response = connection.response()
        assert response.header("Transfer-Encoding") == "chunked"
        assert response.body == b"".join(b"piece %d\n" % n for n in range(5))
        connection.send(request("GET", "/orders/v1/orders", token))
        assert connection.response().status == 200


def test_chunked_requests_arrive_whole(broker, token):
    body = b"0123456789" * 30_000
    response = broker.get("/sink", "-H", "Transfer-Encoding: chunked", token=token, data=body)
    assert response.json() == {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}


@pytest.mark.parametrize("size", [1, 2, 7, 4096])
def test_chunks_of_any_size_and_timing_are_one_body(broker, token, size):
    body = b"abcdefghij" * 20
    with Connection(broker.port) as connection:
        connection.send(request("POST", "/orders/sink", token, headers=[("Transfer-Encoding", "chunked")]))
        for start in range(0, len(body), size):
            piece = body[start:start + size]
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.send(b"0\r\n\r\n")
        assert connection.response().json()["sha256"] == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("status", [200, 201, 204, 205, 301, 304, 400, 404, 418, 429, 500, 503])
def test_every_status_passes_and_the_connection_stays_usable(broker, token, status):
    with Connection(broker.port) as connection:
        for method in ("GET", "HEAD", "GET"):
            connection.send(request(method, f"/orders/status/{status}", token))
            response = connection.response(method)
            assert response.status == status
            if status in (204, 304):
                assert response.header("Transfer-Encoding") is None
        connection.send(request("GET", "/orders/v1/orders/7", token))
        assert connection.response().json()["item"] == "anvil"


def test_head_has_the_length_of_get_and_no_body(broker, token):
    with Connection(broker.port) as connection:
        connection.send(request("HEAD", "/orders/files/64k.bin", token))
        assert connection.response("HEAD").header("Content-Length") == "65536"
        connection.send(request("GET", "/orders/v1/orders/7", token))
        assert connection.response().status == 200


def test_keep_alive_and_pipelining_keep_their_order(broker, token):
    with Connection(broker.port) as connection:
        connection.send(b"".join(request("GET", f"/orders/debug/x?n={n}", token) for n in range(20)))
        paths = [connection.response().json()["path"] for _ in range(20)]
    assert paths == [f"/debug/x?n={n}" for n in range(20)]


def test_connection_close_is_honoured(broker, token):
    with Connection(broker.port) as connection:
        connection.send(request("GET", "/orders/v1/orders", token, headers=[("Connection", "close")]))
        response = connection.response()
        assert response.header("Connection") == "close"
        assert connection.closed()


def test_http_1_0_gets_an_answer_that_ends_with_the_connection(broker, token):
    response = broker.get("/chunked", "--http1.0", token=token)
    assert response.status == 200
    assert response.text == "piece 0\npiece 1\npiece 2\n"
    assert response.header("Transfer-Encoding") is None


def test_expect_continue_is_answered_before_the_body(broker, token):
    with Connection(broker.port) as connection:
        head = request("POST", "/orders/sink", token,
                       headers=[("Expect", "100-continue"), ("Content-Length", "5")])
        connection.send(head)
        assert connection._take_until(b"\r\n\r\n").startswith(b"HTTP/1.1 100")
        connection.send(b"hello")
        assert connection.response().json()["bytes"] == 5


def test_a_refused_request_with_expect_continue_gets_no_continue(broker, token):
    with Connection(broker.port) as connection:
        connection.send(request("DELETE", "/orders/sink", token,
                                headers=[("Expect", "100-continue"), ("Content-Length", "5")]))
        response = connection.response()
        assert response.status == 403 and response.interim == []


def test_hop_by_hop_fields_stay_on_their_hop(broker, token):
    response = broker.get(
        "/debug/headers", "-H", "Connection: keep-alive, X-Private", "-H", "X-Private: 1",
        "-H", "Keep-Alive: timeout=5", "-H", "TE: trailers", "-H", "Proxy-Authorization: Basic eDp5",
        "-H", "Proxy-Connection: keep-alive", "-H", "X-Public: 2", target="direct", token=token)
    seen = seen_headers(response)
    for name in ("x-private", "keep-alive", "te", "proxy-authorization", "proxy-connection", "upgrade"):
        assert name not in seen
    assert seen["x-public"] == "2"


def test_forwarding_fields_are_the_broker_s_own(broker, token):
    response = broker.get(
        "/debug/headers", "-H", "X-Forwarded-For: 6.6.6.6", "-H", "Forwarded: for=6.6.6.6",
        "-H", "X-Forwarded-Host: evil", "-H", "X-Forwarded-Proto: gopher",
        "-H", "Sallyport-Session: forged", "-H", "Sallyport-Approval: forged",
        target="direct", token=token)
    seen = seen_headers(response)
    assert "6.6.6.6" not in str(seen) and "evil" not in str(seen) and "gopher" not in str(seen)
    assert "127.0.0.1" in seen["x-forwarded-for"]
    assert "for=127.0.0.1" in seen["forwarded"].replace('"', "")
    assert "1.1" in seen["via"]
    assert not [name for name in seen if name.startswith("sallyport")]
    assert seen["host"] == f"127.0.0.1:{broker.world.api_port}"


def test_the_base_path_of_a_target_is_put_in_front(broker, token):
    assert broker.get("/orders/7", target="based", token=token).json()["item"] == "anvil"
    escaped = broker.get("/../debug/headers", "--path-as-is", target="based", token=token)
    assert escaped.status in (400, 403, 404)


def test_credentials_as_basic_and_query(make_broker, world):
    def change(config):
        direct = config["targets"][1]["url"]
        config["targets"] += [
            {"name": "basic", "protocol": "http", "url": direct,
             "credential": {"username": "app", "password": "file:keys/api.secret"}},
            {"name": "query", "protocol": "http", "url": direct,
             "credential": {"query": "api_key", "value": "file:keys/api.secret"}},
            {"name": "header", "protocol": "http", "url": direct,
             "credential": {"header": "X-Api-Key", "value": "env:E2E_API_KEY"}},
        ]
    broker = make_broker(change=change)
    broker.start(env={"E2E_API_KEY": "from-the-environment"})
    token = broker.token()
    basic = broker.get("/debug/headers", target="basic", token=token)
    expected = base64.b64encode(b"app:" + API_SECRET.encode()).decode()
    assert dict(world.received()[-1]["headers"])["Authorization"] == "Basic " + expected
    assert expected[8:] not in basic.text
    query = broker.get("/debug/x?page=2&api_key=mine", target="query", token=token)
    assert query.json()["path"].count("api_key=") == 1
    path = world.received()[-1]["path"]
    assert f"api_key={API_SECRET}" in path and "page=2" in path
    assert API_SECRET not in query.text
    header = broker.get("/debug/headers", "-H", "X-Api-Key: mine", target="header", token=token)
    assert dict(world.received()[-1]["headers"])["X-Api-Key"] == "from-the-environment"
    assert seen_headers(header)["x-api-key"] == "*" * len("from-the-environment")
    assert "authorization" not in seen_headers(header)


def test_redirects_and_cookies_keep_working_under_the_prefix(broker, token):
    relative = broker.get("/redirect?to=/v1/orders/7", token=token)
    assert relative.header("Location") == "/orders/v1/orders/7"
    absolute = broker.get(f"/redirect?to=http://127.0.0.1:{broker.world.nginx.port}/v1/orders", token=token)
    assert absolute.header("Location").endswith("/orders/v1/orders")
    assert str(broker.world.nginx.port) not in absolute.header("Location")
    elsewhere = broker.get("/redirect?to=https://example.com/x", token=token)
    assert elsewhere.header("Location") == "https://example.com/x"
    cookies = broker.get("/cookies", token=token).all("Set-Cookie")
    assert [("Path=/orders" in cookie) for cookie in cookies] == [True, True]
    followed = broker.get("/redirect?to=/v1/orders/7", "--location", token=token)
    assert followed.json()["item"] == "anvil"


def test_a_host_under_the_base_domain_selects_the_target(make_broker):
    broker = make_broker(
        change=lambda config: config["listen"]["http"].update(base_domain="broker.example.com")).start()
    token = broker.token()
    url = f"http://127.0.0.1:{broker.port}"
    by_host = curl(url + "/v1/orders/7", "-H", "Host: orders.broker.example.com", token=token)
    assert by_host.json()["item"] == "anvil"
    by_path = curl(url + "/orders/v1/orders/7", "-H", "Host: broker.example.com", token=token)
    assert by_path.json()["item"] == "anvil"


def test_a_client_that_leaves_is_recorded_and_others_go_on(broker, token):
    with Connection(broker.port) as connection:
        connection.send(request("GET", "/direct/slow?seconds=20&who=leaver", token))
        connection.head()
        connection.content_until(b"line 3\n")
    row = last_command_like(broker, "%who=leaver%")
    outcome = next(leaf for leaf in broker.store.leaves("outcome")
                   if (leaf["session"], leaf["seq"]) == (row["session_id"], row["seq"]))
    assert outcome["completion"] == "aborted" and outcome["detail"], outcome
    assert broker.get("/v1/orders", token=token).status == 200


def last_command_like(broker, pattern):
    def finished():
        rows = broker.commands(f"text LIKE '{pattern}' AND duration_ms IS NOT NULL")
        return rows and rows[-1]
    return wait_until(finished, 10, f"the outcome of {pattern}")


def test_an_answer_cut_short_by_the_target_is_no_clean_end(broker, token):
    response = broker.get("/big?bytes=1000000&cut=1", token=token)
    assert response.exit_status == 18, response.error
    last_command_like(broker, "%cut=1%")


def test_a_target_that_is_down_is_502_and_the_outcome_says_so(make_broker):
    from support.process import free_port
    port = free_port()
    broker = make_broker(change=lambda config: config["targets"].append(
        {"name": "down", "protocol": "http", "url": f"http://127.0.0.1:{port}"})).start()
    started = time.monotonic()
    response = broker.get("/x", target="down", token=broker.token())
    assert response.status == 502 and time.monotonic() - started < 2
    assert response.header("Content-Type").startswith("application/problem+json")
    row = last_command_like(broker, "GET /x")
    assert row["decision"] == "allow"


def test_answers_stream_without_delay(broker, token):
    with Connection(broker.port) as connection:
        started = time.monotonic()
        connection.send(request("GET", "/direct/slow?seconds=3", token))
        connection.head()
        connection.content_until(b"line 0\n")
        assert time.monotonic() - started < 2
