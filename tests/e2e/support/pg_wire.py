"""PostgreSQL's protocol spoken by hand, message by message: what no driver would send, too."""

import base64
import socket
import struct


def message(kind, *parts):
    body = b"".join(parts)
    return kind + struct.pack("!I", len(body) + 4) + body


def text(value):
    return value.encode() + b"\0"


class Refused(Exception):
    """The broker refused the login; `fields` are its error's."""

    def __init__(self, fields):
        super().__init__(fields)
        self.fields = fields


class Wire:
    """A connection in the clear. What the other side says is in `errors` (fields by their letter), `tags` and, byte
    by byte, `heard`."""

    def __init__(self, port, password, database, parameters=None, timeout=20):
        self.errors, self.tags, self.heard, self.unread = [], [], b"", b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        wanted = {"user": "anybody", **(parameters or {}), "database": database}
        body = struct.pack("!I", 3 << 16) + b"".join(text(k) + text(v) for k, v in wanted.items()) + b"\0"
        self.socket.sendall(struct.pack("!I", len(body) + 4) + body)
        if self.until(b"R") is not None:
            self.socket.sendall(message(b"p", text(password)))
            self.until(b"Z")
        if self.errors:
            self.close()
            raise Refused(self.errors[-1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def read(self):
        """The next message's kind and body; None when the other side has closed."""
        while len(self.unread) < 5 or len(self.unread) < 1 + struct.unpack_from("!I", self.unread, 1)[0]:
            more = self.socket.recv(65536)
            if not more:
                return None
            self.heard += more
            self.unread += more
        size = 1 + struct.unpack_from("!I", self.unread, 1)[0]
        whole, self.unread = self.unread[:size], self.unread[size:]
        return whole[:1], whole[5:]

    def until(self, *kinds):
        """Reads up to a message of one of the kinds, and gives its kind; None: the connection is over."""
        while True:
            got = self.read()
            if got is None:
                return None
            kind, body = got
            if kind == b"E":
                fields = {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}
                self.errors.append(fields)
                if fields["S"] == "FATAL":
                    return None
            elif kind == b"C":
                self.tags.append(body.rstrip(b"\0").decode())
            if kind in kinds:
                return kind

    def send(self, *messages):
        self.socket.sendall(b"".join(messages))

    def query(self, statement):
        if isinstance(statement, str):
            statement = statement.encode("utf-8", "surrogateescape")
        self.send(message(b"Q", statement + b"\0"))
        return self.until(b"Z", b"G")

    def step(self, step):
        """One step of a policy case. Extended messages are answered at the next sync."""
        (kind, value), = step.items()
        if kind == "query":
            self.query(value)
        elif kind == "query_b64":
            self.query(base64.b64decode(value))
        elif kind == "parse":
            self.send(message(b"P", text(value[0]), text(value[1]), b"\0\0"))
        elif kind == "bind":
            values = b"".join(struct.pack("!I", len(v.encode())) + v.encode() for v in value[2])
            self.send(message(b"B", text(value[0]), text(value[1]), b"\0\0", struct.pack("!H", len(value[2])),
                              values, b"\0\0"))
        elif kind in ("describe", "close"):
            self.send(message(b"D" if kind == "describe" else b"C", value[0].encode(), text(value[1])))
        elif kind == "execute":
            self.send(message(b"E", text(value[0]), struct.pack("!I", value[1])))
        elif kind == "sync":
            self.send(message(b"S"))
            self.until(b"Z")
        elif kind == "fncall":
            values = b"".join(struct.pack("!I", len(v.encode())) + v.encode() for v in value[1])
            self.send(message(b"F", struct.pack("!IHH", value[0], 0, len(value[1])), values, b"\0\0"))
            self.until(b"Z")
        elif kind == "copydata":
            self.send(message(b"d", value.encode()))
        elif kind == "copydone":
            self.send(message(b"c"))
            self.until(b"Z")
        else:
            raise ValueError(kind)
