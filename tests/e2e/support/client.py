"""Talking to the broker: real curl, and bare sockets for what curl would never send."""

import json
import os
import re
import socket
import ssl
import subprocess
import tempfile
from dataclasses import dataclass, field


@dataclass
class Response:
    status: int
    headers: list
    body: bytes
    exit_status: int = 0
    error: str = ""
    interim: list = field(default_factory=list)  # statuses of 1xx responses before it

    def header(self, name):
        """The only value of a field, or None."""
        values = self.all(name)
        assert len(values) < 2, (name, values)
        return values[0] if values else None

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)


def _parse_heads(text):
    """Splits what curl -D wrote into (status, headers), one for each head."""
    heads = []
    for block in re.split(r"\r?\n\r?\n", text):
        lines = block.splitlines()
        if not lines or not lines[0].startswith("HTTP/"):
            continue
        fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if ":" in line]
        heads.append((int(lines[0].split()[1]), fields))
    return heads


def curl(url, *arguments, token=None, data=None, timeout=30, env=None):
    """One run of curl. A request that did not come to an answer has status 0 and curl's exit status."""
    with tempfile.TemporaryDirectory() as directory:
        heads, body = os.path.join(directory, "heads"), os.path.join(directory, "body")
        argv = ["curl", "--silent", "--show-error", "--max-time", str(timeout), "-D", heads, "-o", body]
        if token is not None:
            argv += ["-H", f"Authorization: Bearer {token}"]
        if data is not None:
            argv += ["--data-binary", "@-"]
        done = subprocess.run([*argv, *map(str, arguments), url], input=data, capture_output=True,
                              env=dict(os.environ, **(env or {})), check=False)
        parsed = _parse_heads(open(heads, newline="").read()) if os.path.exists(heads) else []
        content = open(body, "rb").read() if os.path.exists(body) else b""
    status, headers = parsed[-1] if parsed else (0, [])
    return Response(status, headers, content, done.returncode, done.stderr.decode(),
                    [early for early, _ in parsed[:-1]])


class Connection:
    """A client connection of bare bytes that reads responses one by one."""

    def __init__(self, port, host="127.0.0.1", timeout=10, tls_ca=None):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls_ca:
            context = ssl.create_default_context(cafile=str(tls_ca))
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)
        return self

    def _more(self):
        piece = self.socket.recv(65536)
        self.buffer += piece
        return bool(piece)

    def _take_until(self, end):
        while end not in self.buffer:
            if not self._more():
                raise ConnectionError(f"closed after {self.buffer[:200]!r}")
        head, _, self.buffer = self.buffer.partition(end)
        return head

    def _take(self, size):
        while len(self.buffer) < size:
            if not self._more():
                raise ConnectionError("the body was cut short")
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def response(self, method="GET"):
        """The next response; 1xx ones are collected in `interim`."""
        interim = []
        while True:
            lines = self._take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            status = int(lines[0].split()[1])
            headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
            if status >= 200:
                break
            interim.append(status)
        answer = Response(status, headers, b"", interim=interim)
        if method == "HEAD" or status in (204, 304):
            return answer
        if (answer.header("Transfer-Encoding") or "").lower() == "chunked":
            answer.body = b"".join(self.chunks())
        elif answer.header("Content-Length") is not None:
            answer.body = self._take(int(answer.header("Content-Length")))
        else:
            answer.body = self.rest()
        return answer

    def content_until(self, end):
        """What a chunked answer's content holds up to `end`, however it was cut into chunks."""
        content = b""
        while end not in content:
            size = int(self._take_until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                raise ConnectionError(f"the answer ended after {content[-200:]!r}")
            content += self._take(size)
            self._take(2)
        return content

    def head(self):
        """The head of an answer that goes on, as text."""
        return self._take_until(b"\r\n\r\n").decode("latin-1")

    def chunks(self):
        while size := int(self._take_until(b"\r\n").split(b";")[0], 16):
            yield self._take(size)
            self._take(2)
        self._take_until(b"\r\n")

    def rest(self):
        """Everything until the peer closes."""
        try:
            while self._more():
                pass
        except ConnectionResetError:
            pass
        data, self.buffer = self.buffer, b""
        return data

    def closed(self):
        """Whether the peer has closed, waiting for it up to the timeout."""
        try:
            return not self.buffer and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except (TimeoutError, socket.timeout):
            return False

    def close(self):
        self.socket.close()


def request(method, path, token=None, headers=(), body=b"", host="localhost"):
    """The bytes of a plain HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{name}: {value}" for name, value in headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
