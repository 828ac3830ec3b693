"""A PostgreSQL server that misbehaves: how, is said by the database that is asked for, and by the query."""

import contextlib
import socket
import struct
import threading


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


READY = message(b"Z", b"I")
COLUMN = b"c\0" + struct.pack("!IHIhiH", 0, 0, 25, -1, -1, 0)
DESCRIBED = message(b"T", struct.pack("!H", 1) + COLUMN)
ROW = message(b"D", struct.pack("!HI", 1, 3) + b"row")

# What comes as the answer to the query of that name; then the server waits for the other side to close.
BROKEN = {
    "length_under_four": DESCRIBED + b"D\0\0\0\x03",
    "length_over_all": DESCRIBED + b"D\xff\xff\xff\xff",
    "unknown_type": DESCRIBED + message(b"y", b"?"),
    "ready_without_a_state": message(b"Z", b""),
    "ready_with_no_such_state": message(b"Z", b"x"),
    "tag_without_an_end": message(b"C", b"SELECT 1"),
    "error_without_an_end": message(b"E", b"SERROR"),
    "a_second_login": message(b"R", struct.pack("!I", 3)),
    "a_second_key": message(b"K", struct.pack("!II", 1, 1)),
    "a_copy_of_both": message(b"W", b"\0\0\0"),
    "a_confirmation": message(b"1"),
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}
# And instead of the login.
BROKEN_LOGINS = {
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "length_over_all": b"R\xff\xff\xff\xff",
    "rows": ROW,
    "sasl_without_an_end": message(b"R", struct.pack("!I", 10) + b"SCRAM-SHA-256"),
    "error_without_an_end": message(b"E", b"SFATAL"),
}


def reset(wire):
    """Ends a connection with a TCP reset."""
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


class BadPostgres:
    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                wire = self.socket.accept()[0]
                self.open.append(wire)
                threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire):
        with contextlib.suppress(OSError, EOFError, IndexError):
            stream = wire.makefile("rb")
            with stream:
                self._log_in(wire, stream)
        wire.close()

    def _log_in(self, wire, stream):
        size = struct.unpack("!I", self._exactly(stream, 4))[0]
        words = self._exactly(stream, size - 4)[4:].split(b"\0")
        if b"database" not in words:
            return  # a cancel request
        how = words[words.index(b"database") + 1].decode()
        if how in ("reset", "close"):
            return self._leave(wire, stream, how)
        if how in BROKEN_LOGINS:
            wire.sendall(BROKEN_LOGINS[how])
        elif how != "silent":
            wire.sendall(message(b"R", struct.pack("!I", 0)) + READY)
            self._answer(wire, stream)
        if not stream.closed:
            stream.read()  # to the end of the connection

    @staticmethod
    def _leave(wire, stream, how):
        stream.close()
        if how == "reset":
            reset(wire)
        else:
            wire.close()

    def _answer(self, wire, stream):
        while True:
            kind, size = struct.unpack("!cI", self._exactly(stream, 5))
            text = self._exactly(stream, size - 4)
            if kind == b"X":
                return
            how = text.split(b"'")[1].decode()
            if how in BROKEN:
                wire.sendall(BROKEN[how])
                return
            if how == "silent":
                return
            wire.sendall(DESCRIBED + ROW)
            if how in ("reset", "close"):
                wire.sendall(ROW[:-1])
                return self._leave(wire, stream, how)
            wire.sendall(message(b"C", b"SELECT 1\0") + READY)

    @staticmethod
    def _exactly(stream, count):
        out = stream.read(count)
        if len(out) < count:
            raise EOFError
        return out

    def stop(self):
        self.socket.close()
        for wire in self.open:
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
