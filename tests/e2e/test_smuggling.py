"""Requests that two readers could frame differently, sent as bare bytes: 400 and close, nothing upstream."""

import pytest

from support.client import Connection, request

SMUGGLED = b"GET /orders/v1/smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def head(token, *lines, start="POST /orders/sink HTTP/1.1"):
    fields = [start, "Host: localhost", f"Authorization: Bearer {token}", *lines]
    return "\r\n".join(fields).encode("latin-1") + b"\r\n\r\n"


CASES = {
    "length and chunked": (["Content-Length: 5", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
    "chunked and length": (["Transfer-Encoding: chunked", "Content-Length: 5"], b"0\r\n\r\n"),
    "two different lengths": (["Content-Length: 5", "Content-Length: 6"], b"hello"),
    "a list of different lengths": (["Content-Length: 5, 6"], b"hello"),
    "a negative length": (["Content-Length: -1"], b""),
    "a length with a plus": (["Content-Length: +5"], b"hello"),
    "a length in hex": (["Content-Length: 0x5"], b"hello"),
    "a length past 64 bits": (["Content-Length: 99999999999999999999999"], b""),
    "an unknown coding": (["Transfer-Encoding: gzip, chunked"], b"0\r\n\r\n"),
    "chunked not last": (["Transfer-Encoding: chunked, identity"], b"0\r\n\r\n"),
    "chunked twice": (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
    "chunked with a tab": (["Transfer-Encoding: \x0bchunked"], b"0\r\n\r\n"),
    "a space before the colon": (["Transfer-Encoding : chunked"], b"0\r\n\r\n"),
    "a folded field": (["X-A: b\r\n c"], b""),
    "a bare LF in the head": (["X-A: b\nX-B: c"], b""),
    "a bare CR in the head": (["X-A: b\rX-B: c"], b""),
    "a NUL in a value": (["X-A: b\0c"], b""),
    "a field without a colon": (["just words"], b""),
    "an empty field name": ([": value"], b""),
    "a bad chunk size": (["Transfer-Encoding: chunked"], b"5x\r\nhello\r\n0\r\n\r\n"),
    "a chunk size with 0x": (["Transfer-Encoding: chunked"], b"0x5\r\nhello\r\n0\r\n\r\n"),
    "a negative chunk size": (["Transfer-Encoding: chunked"], b"-1\r\nhello\r\n0\r\n\r\n"),
    "an overflowing chunk size": (["Transfer-Encoding: chunked"], b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
    "a chunk without its CRLF": (["Transfer-Encoding: chunked"], b"5\r\nhelloXX0\r\n\r\n"),
    "a chunk line ended by LF": (["Transfer-Encoding: chunked"], b"5\nhello\r\n0\r\n\r\n"),
    "a second Host": (["Host: evil"], b""),
}

STARTS = {
    "two spaces": "POST  /orders/sink HTTP/1.1",
    "a leading space": " POST /orders/sink HTTP/1.1",
    "no version": "POST /orders/sink",
    "another protocol": "POST /orders/sink HTTPS/1.1",
    "version 1.2.3": "POST /orders/sink HTTP/1.2.3",
    "version 3": "POST /orders/sink HTTP/3.0",
    "a space in the path": "POST /orders/si nk HTTP/1.1",
    "a NUL in the path": "POST /orders/sink\0 HTTP/1.1",
    "a fragment": "POST /orders/sink#x HTTP/1.1",
    "a broken escape": "POST /orders/%zz HTTP/1.1",
    "an escaped NUL": "POST /orders/%00 HTTP/1.1",
    "a path without a slash": "POST orders/sink HTTP/1.1",
    "authority form": "POST localhost:80 HTTP/1.1",
}


def assert_refused_and_closed(broker, data, world):
    before = len(world.nginx.access_log())
    with Connection(broker.port) as connection:
        connection.send(data + SMUGGLED)
        response = connection.response()
        assert response.status in (400, 413, 501, 505), response
        left = connection.rest()
        assert b"HTTP/1.1" not in left, left[:200]
    lines = world.nginx.access_log()[before:]
    assert not [line for line in lines if "smuggled" in line]
    # A body that turned out to be broken may have begun its way; the target must not have believed it whole.
    assert not [line for line in lines if line.endswith(" 200")], lines


@pytest.mark.parametrize("name", CASES)
def test_ambiguous_framing_is_400_and_the_connection_closes(broker, token, world, name):
    fields, body = CASES[name]
    assert_refused_and_closed(broker, head(token, *fields) + body, world)


@pytest.mark.parametrize("name", STARTS)
def test_a_strange_request_line_is_refused(broker, token, world, name):
    assert_refused_and_closed(broker, head(token, "Content-Length: 0", start=STARTS[name]), world)


def test_no_host_is_400(broker, token, world):
    data = f"GET /orders/v1/orders HTTP/1.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    assert_refused_and_closed(broker, data, world)


def test_the_bytes_after_a_body_are_the_next_request_and_need_their_own_token(broker, token):
    with Connection(broker.port) as connection:
        connection.send(request("POST", "/orders/sink", token, body=b"hello"))
        connection.send(request("DELETE", "/orders/v1/orders/7", token))
        connection.send(SMUGGLED)
        assert [connection.response().status for _ in range(3)] == [200, 403, 401]


def test_the_path_that_is_decided_on_is_the_path_that_is_forwarded(make_broker, world):
    broker = make_broker({"version": 1, "roles": [
        {"name": "r", "groups": ["agents"], "targets": ["*"], "rules": ["all", "no-admin"]}],
        "rules": [{"id": "all", "when": {"action": "read"}, "effect": "allow"},
                  {"id": "no-admin", "when": {"http.path": ["/status/**", "/status"]}, "effect": "deny"}]})
    broker.start()
    token = broker.token()
    for path in ("/status/200", "/x/../status/200", "/./status/200", "/%73tatus/200", "/x/%2e%2e/status/200",
                 "/x/.%2E/status/200", "//status/200", "/status//200", "/x/..//status/200", "/status%2f200",
                 "/status;a=b/200", "/x/..%2fstatus/200", "/%2573tatus/200", "/%c1%b3tatus/200"):
        before = len(world.nginx.access_log())
        response = broker.get(path, "--path-as-is", token=token)
        assert response.status in (400, 403), (path, response.status)
        assert len(world.nginx.access_log()) == before, path
    dotted = broker.get("/a/./b/../v1/x/../../debug/%41", "--path-as-is", target="direct", token=token)
    assert dotted.status in (200, 404)
    assert world.received()[-1]["path"] in ("/a/debug/A", "/debug/A"), world.received()[-1]
