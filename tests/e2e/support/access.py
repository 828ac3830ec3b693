"""Who has access, as the tests of identities over time ask for it."""

import threading
import time

from support.client import Connection, request
from support.process import wait_until


class Stream:
    """A running answer that would go on for a minute, read by a thread of its own."""

    def __init__(self, broker, token, path="/direct/slow?seconds=60"):
        self.connection = Connection(broker.port, timeout=70)
        self.connection.send(request("GET", path, token))
        self.connection.head()
        self.connection.content_until(b"line 0\n")
        self.rest, self.ended = b"", None
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        self.rest = self.connection.rest()
        self.ended = time.monotonic()

    def assert_cut_within(self, seconds, since):
        self.reader.join(30)
        assert self.ended is not None, "the answer goes on"
        assert self.ended - since <= seconds, f"cut after {self.ended - since:.2f} s"
        assert not self.rest.endswith(b"0\r\n\r\n"), "it ended as if it were complete"
        self.connection.close()

    def close(self):
        self.connection.socket.shutdown(2)
        self.reader.join(30)
        self.connection.close()


def ends(broker, subject):
    return [row["end_reason"] for row in
            broker.store.query(f"SELECT end_reason FROM sessions WHERE subject = '{subject}'")]


def until_ended(broker, subject, reason):
    wait_until(lambda: set(ends(broker, subject)) == {reason}, 10, f"the end {reason}")


def events(broker, kind):
    return [dict(leaf.get("fields", [])) for leaf in broker.store.leaves(kind)]


def principal(broker, subject="agent-7"):
    found = broker.cli_json("access", "list", "--subject", subject)
    assert len(found) == 1, found
    return found[0]


def act(broker, *arguments, **how):
    done = broker.cli("access", *arguments, **how)
    assert done.returncode == 0, done.stderr
    return done.stdout
