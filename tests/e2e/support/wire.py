"""A PostgreSQL client of a few bytes: for what drivers do not do, such as reading slowly or only counting."""

import socket
import struct

READY = b"Z\0\0\0\x05"


class Wire:
    """One session in the clear, logged in when it is made."""

    def __init__(self, port, database, password="", user="anybody", timeout=600, receive_buffer=None,
                 parameters=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        names = {"user": user, "database": database, **(parameters or {})}
        body = struct.pack("!I", 3 << 16) + b"".join(
            name.encode() + b"\0" for pair in names.items() for name in pair) + b"\0"
        self.socket.sendall(struct.pack("!I", len(body) + 4) + body)
        greeting = self.socket.recv(65536)
        if greeting[:1] == b"R" and greeting[5:9] == struct.pack("!I", 3):
            self.send(b"p", password.encode() + b"\0")
            greeting = b""
        while not self._is_ready(greeting):
            more = self.socket.recv(65536)
            if not more or greeting[:1] == b"E":
                raise ConnectionError((greeting + more).decode(errors="replace"))
            greeting += more
        self.key = greeting[-14:-6]  # for a cancel request; its message comes last but one

    @staticmethod
    def _is_ready(tail):
        return len(tail) >= 6 and tail[-6:-1] == READY

    def send(self, kind, body):
        self.socket.sendall(kind + struct.pack("!I", len(body) + 4) + body)

    def query(self, text):
        self.send(b"Q", text.encode() + b"\0")

    def drain(self, text=None):
        """Asks, and reads to the server's being ready; how many bytes came. No row may hold its sign."""
        if text:
            self.query(text)
        return self.read_to_end(lambda piece: None)

    def read_to_end(self, take):
        """Gives each piece that comes to `take`, to the server's being ready; how many bytes came."""
        buffer = bytearray(1 << 20)
        view, tail, total = memoryview(buffer), b"", 0
        while not self._is_ready(tail):
            count = self.socket.recv_into(view)
            if count == 0:
                raise ConnectionError("the connection ended: " + tail.decode(errors="replace"))
            take(view[:count])
            total += count
            tail = (tail + bytes(view[max(0, count - 6):count]))[-6:]
        return total

    def message(self):
        """The next message, whole."""
        head = self._exactly(5)
        return head[:1], self._exactly(struct.unpack("!I", head[1:])[0] - 4)

    def _exactly(self, count):
        out = b""
        while len(out) < count:
            more = self.socket.recv(count - len(out))
            if not more:
                raise ConnectionError("the connection ended")
            out += more
        return out

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
