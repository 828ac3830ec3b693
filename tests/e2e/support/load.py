"""Clients that keep asking, and remember exactly what was answered."""

import collections
import itertools
import threading
import time

from .client import Connection, request


class Load:
    """`connections` threads, each sending numbered requests over a keep-alive connection, one at a time.

    Each request has a name of its own, so that what was answered can be held against the store and against
    the target's log. A lost connection is opened again until stop().
    """

    def __init__(self, port, token, connections=8, path="/orders/fast", tag="n", pause=0.0):
        self.port, self.token, self.path, self.tag, self.pause = port, token, path, tag, pause
        self.answers = []  # (name, Response)
        self.sent = []
        self.broken = collections.Counter()
        self._numbers = itertools.count()
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._client, daemon=True) for _ in range(connections)]
        for thread in self._threads:
            thread.start()

    def _client(self):
        while not self._end.is_set():
            try:
                with Connection(self.port, timeout=10) as connection:
                    while not self._end.is_set():
                        self._ask(connection)
            except (OSError, ValueError, IndexError) as error:
                self.broken[type(error).__name__] += 1
                time.sleep(0.02)

    def _ask(self, connection):
        name = f"{self.tag}{next(self._numbers)}"
        self.sent.append(name)
        connection.send(request("GET", f"{self.path}?n={name}", self.token))
        response = connection.response()
        self.answers.append((name, response))
        if (response.header("Connection") or "").lower() == "close":
            raise ConnectionResetError("the broker asked for a new connection")
        if self.pause:
            time.sleep(self.pause)

    def statuses(self):
        return collections.Counter(response.status for _, response in self.answers)

    def answered(self, status=200):
        """Names of the requests that got this answer."""
        return [name for name, response in list(self.answers) if response.status == status]

    def stop(self):
        self._end.set()
        for thread in self._threads:
            thread.join(15)
            assert not thread.is_alive()
        return self
