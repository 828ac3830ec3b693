#!/usr/bin/python3
"""A small JSON API for tests, the tour and the benchmarks: what agents are let in front of.

    json_api.py PORT [REQUEST_LOG]

Keeps orders in memory, and shows what it received: /debug/headers answers with the request as it arrived,
and each request becomes one JSON line of the log. Python's standard library only.
"""

import gzip
import hashlib
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PIECE = 64 * 1024
# 1 MiB that does not repeat within a piece, so that a lost or doubled piece changes the digest.
PATTERN = b"".join(hashlib.sha256(n.to_bytes(4, "big")).digest() for n in range(32 * 1024))
CUSTOMERS = [
    {"id": 1, "name": "Ada", "email": "ada@example.com", "ssn": "536-22-1841", "card": "4111 1111 1111 1111"},
    {"id": 2, "name": "Grace", "email": "grace@example.org", "ssn": "219-09-9998", "card": 5555555555554444},
]


class Orders:
    """Shared by the handler threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.by_id = {7: {"id": 7, "item": "anvil", "quantity": 1},
                      8: {"id": 8, "item": "rope", "quantity": 12}}

    def add(self, order):
        with self.lock:
            order["id"] = max(self.by_id, default=0) + 1
            self.by_id[order["id"]] = order
            return order


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "orders-api"
    disable_nagle_algorithm = True
    orders = Orders()
    log = None
    log_lock = threading.Lock()

    def body_pieces(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                while size:
                    piece = self.rfile.read(min(size, PIECE))
                    if not piece:
                        raise ConnectionError("the body was cut short")
                    size -= len(piece)
                    yield piece
                self.rfile.readline()
            while self.rfile.readline() not in (b"\r\n", b"\n", b""):
                pass
            return
        left = int(self.headers.get("Content-Length", 0))
        while left:
            piece = self.rfile.read(min(left, PIECE))
            if not piece:
                raise ConnectionError("the body was cut short")
            left -= len(piece)
            yield piece

    def take_body(self):
        digest, size, start = hashlib.sha256(), 0, b""
        for piece in self.body_pieces():
            digest.update(piece)
            size += len(piece)
            start += piece[:PIECE - len(start)]
        self.body, self.body_size, self.body_digest = start, size, digest.hexdigest()

    def note(self, **more):
        if self.log:
            line = {"method": self.command, "path": self.path,
                    "headers": self.headers.items(), **more}
            with self.log_lock:
                print(json.dumps(line), file=self.log, flush=True)

    def answer(self, status, value, **headers):
        content = b"" if status in (204, 304) else json.dumps(value).encode() + b"\n"
        self.send_response(status)
        if status not in (204, 304):
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                self.send_header(name.replace("_", "-"), one)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_chunk(self, piece):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def handle_any(self):
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        try:
            self.take_body()
        except (ConnectionError, ValueError) as error:
            self.note(cut=str(error))
            self.close_connection = True
            return
        self.note(body_size=self.body_size, body_sha256=self.body_digest)
        first, _, rest = url.path.lstrip("/").partition("/")
        handler = getattr(self, "at_" + first, None)
        if handler is None:
            self.answer(404, {"error": "no such thing"})
            return
        try:
            handler(rest, query)
        except (BrokenPipeError, ConnectionResetError):
            self.note(client_gone=True)
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any

    def at_v1(self, rest, _query):
        kind, _, number = rest.partition("/")
        if kind != "orders":
            return self.answer(404, {"error": "no such collection"})
        orders = self.orders
        if not number:
            if self.command == "POST":
                order = orders.add(json.loads(self.body))
                return self.answer(201, order, Location=f"/v1/orders/{order['id']}")
            return self.answer(200, {"orders": list(orders.by_id.values())})
        order = orders.by_id.get(int(number)) if number.isdigit() else None
        if order is None:
            return self.answer(404, {"error": "no such order"})
        if self.command == "DELETE":
            del orders.by_id[order["id"]]
            return self.answer(204, None)
        if self.command in ("PUT", "PATCH"):
            order.update(json.loads(self.body), id=order["id"])
        return self.answer(200, order)

    def at_debug(self, _rest, _query):
        self.answer(200, {"method": self.command, "path": self.path,
                          "headers": self.headers.items(),
                          "body": self.body.decode("utf-8", "replace")})

    def at_customers(self, _rest, _query):
        """Made-up people, compressed where that is asked for, in chunks that cut their values."""
        content = json.dumps({"customers": CUSTOMERS}, indent=2).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            content = gzip.compress(content)
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        for at in range(0, len(content), 7):
            self.send_chunk(content[at:at + 7])
        self.wfile.write(b"0\r\n\r\n")

    def at_sink(self, _rest, _query):
        self.answer(200, {"bytes": self.body_size, "sha256": self.body_digest})

    def at_status(self, rest, _query):
        self.answer(int(rest), {"status": int(rest)})

    def at_redirect(self, _rest, query):
        self.answer(302, {}, Location=query.get("to", "/v1/orders"))

    def at_cookies(self, _rest, _query):
        self.answer(200, {"cookie": self.headers.get("Cookie")},
                    Set_Cookie=["session=abc; Path=/; HttpOnly", "theme=dark; Path=/v1"])

    def at_hang(self, _rest, query):
        time.sleep(float(query.get("seconds", 1)))
        self.answer(200, {"waited": True})

    def at_slow(self, _rest, query):
        """One numbered line each 50 ms, chunked, for so many seconds."""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        end = time.monotonic() + float(query.get("seconds", 1))
        number = 0
        while time.monotonic() < end:
            self.send_chunk(b"line %d\n" % number)
            number += 1
            time.sleep(0.05)
        self.wfile.write(b"0\r\n\r\n")

    def at_chunked(self, _rest, query):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(int(query.get("pieces", 3))):
            self.send_chunk(b"piece %d\n" % number)
        self.wfile.write(b"0\r\n\r\n")

    def at_big(self, _rest, query):
        """So many bytes of the pattern, sized; with cut=1 only half of them and a closed connection."""
        size = int(query.get("bytes", PIECE))
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if "cut" in query:
            size //= 2
            self.close_connection = True
        view = memoryview(PATTERN)
        while size and self.command != "HEAD":
            sent = min(size, len(PATTERN))
            self.wfile.write(view[:sent])
            size -= sent

    def log_message(self, *_arguments):
        """The request log is ours."""


class Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    if len(sys.argv) == 3:
        Handler.log = open(sys.argv[2], "a")
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
