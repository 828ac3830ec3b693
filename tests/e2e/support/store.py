"""Looks at an audit store from outside: its views through the sqlite3 program, and its bytes."""

import json
import pathlib
import shutil
import subprocess


class Store:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.directory = self.path.parent

    def query(self, sql):
        """Rows as dictionaries, read by the sqlite3 program like a reviewer would."""
        done = subprocess.run(["sqlite3", "-readonly", "-json", str(self.path), sql],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{sql}\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else []

    def value(self, sql):
        return next(iter(self.query(sql)[0].values()))

    def leaves(self, kind=None):
        """The log itself: each stored record as JSON, by number (docs/audit-log.md)."""
        rows = self.query("SELECT n, CAST(bytes AS TEXT) AS bytes FROM leaf ORDER BY n")
        parsed = [json.loads(row["bytes"]) for row in rows]
        assert [leaf["n"] for leaf in parsed] == [row["n"] for row in rows]
        return [leaf for leaf in parsed if kind is None or leaf["kind"] == kind]

    def flip_byte(self, event):
        """Changes one byte of a stored event, in the file and behind the database's back."""
        leaf = self.query(f"SELECT hex(bytes) AS bytes FROM leaf WHERE n = {event}")[0]["bytes"]
        leaf, data = bytes.fromhex(leaf), bytearray(self.path.read_bytes())
        at = data.find(leaf)
        assert at >= 0 and data.find(leaf, at + 1) < 0, "the event stands once, in one piece"
        data[at + len(leaf) // 2] ^= 1
        self.path.write_bytes(data)

    def files(self):
        """Every file the store consists of."""
        return sorted(path for path in self.directory.iterdir() if path.is_file())

    def contains(self, needle):
        """Names of the store's files whose raw bytes contain a text."""
        needle = needle.encode() if isinstance(needle, str) else needle
        return [path.name for path in self.files() if needle in path.read_bytes()]

    def copy(self, directory):
        """The whole store, copied while nobody writes to it."""
        shutil.copytree(self.directory, directory)
        return Store(pathlib.Path(directory) / self.path.name)
