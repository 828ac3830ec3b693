"""The steps of a policy case (docs/policy.md, SQL) over the wire, and what the other side says to them."""

import base64
import struct

from .wire import Wire


def message(kind, *parts):
    body = b"".join(parts)
    return kind + struct.pack("!I", len(body) + 4) + body


def text(value):
    return value.encode() + b"\0"


def values(given):
    return struct.pack("!H", len(given)) + b"".join(struct.pack("!I", len(v.encode())) + v.encode() for v in given)


def fields_of(body):
    """An error's, by their letter."""
    return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}


class Steps(Wire):
    """A session whose `errors`, `tags` and, byte by byte, `heard` tell what has come back."""

    def __init__(self, broker, database="orders-db", **how):
        super().__init__(broker.pg_port, database, broker.pg_token, timeout=60, **how)
        self.forget()

    def forget(self):
        self.errors, self.tags, self.heard = [], [], b""

    def until(self, *kinds):
        """Reads up to a message of one of the kinds."""
        while True:
            kind, body = self.message()
            self.heard += body
            if kind == b"E":
                self.errors.append(fields_of(body))
            elif kind == b"C":
                self.tags.append(body.rstrip(b"\0").decode())
            if kind in kinds:
                return

    def write(self, *messages):
        self.socket.sendall(b"".join(messages))

    def ask(self, statement):
        """One simple query, to its end or the copy that it begins."""
        self.write(message(b"Q", statement.encode() if isinstance(statement, str) else statement, b"\0"))
        self.until(b"Z", b"G")

    def step(self, step):
        """Extended messages are answered at the next sync."""
        (kind, value), = step.items()
        if kind == "query":
            self.ask(value)
        elif kind == "query_b64":
            self.ask(base64.b64decode(value))
        elif kind == "parse":
            self.write(message(b"P", text(value[0]), text(value[1]), b"\0\0"))
        elif kind == "bind":
            self.write(message(b"B", text(value[0]), text(value[1]), b"\0\0", values(value[2]), b"\0\0"))
        elif kind in ("describe", "close"):
            self.write(message(b"D" if kind == "describe" else b"C", value[0].encode(), text(value[1])))
        elif kind == "execute":
            self.write(message(b"E", text(value[0]), struct.pack("!I", value[1])))
        elif kind == "copydata":
            self.write(message(b"d", value.encode()))
        elif kind == "fncall":
            self.write(message(b"F", struct.pack("!IH", value[0], 0), values(value[1]), b"\0\0"))
            self.until(b"Z")
        elif kind in ("sync", "copydone"):
            self.write(message(b"S" if kind == "sync" else b"c"))
            self.until(b"Z")
        else:
            raise ValueError(kind)
