"""Builds the disk of a power cut from the journal of tests/faults/disk.c."""

import pathlib


class Journal:
    """`records` are ("W", path, offset, bytes), ("T", path, size, b""), ("R", path, 0, new path), and "S" or
    "U" with a path."""

    def __init__(self, path):
        self.records, self._ends = [], []
        data, at = pathlib.Path(path).read_bytes(), 0
        while at < len(data):
            end = data.find(b"\n", at)
            if end < 0:
                break
            kind, length, first, second = data[at:end].split()
            at = end + 1 + int(length)
            name = data[end + 1:at].decode()
            size = int(second) if kind in b"WR" else 0
            if at + size > len(data):
                break
            self.records.append((kind.decode(), name, int(first), data[at:at + size]))
            at += size
            self._ends.append(at)

    def size_at(self, cut):
        """Bytes of the journal that make up the first `cut` records."""
        return self._ends[cut - 1] if cut else 0

    def rebuild(self, folder, cut, original, chance=None):
        """Files as the first `cut` records left them. With `chance`, of the writes to a file after its last
        sync only some have reached the disk, and the last of them only in part."""
        folder.mkdir()
        synced = {}
        for number, (kind, name, _, _) in enumerate(self.records[:cut]):
            if kind == "S":
                synced[name] = number
        files = {}
        for number, (kind, name, first, data) in enumerate(self.records[:cut]):
            if kind == "U":
                files.pop(name, None)
                continue
            if kind == "R":
                files[data.decode()] = files.pop(name, bytearray())
                continue
            content = files.setdefault(name, bytearray())
            unsure = chance is not None and number > synced.get(name, -1)
            if kind == "T":
                del content[first:]
                content.extend(bytes(max(0, first - len(content))))
            elif kind == "W":
                if unsure and chance.random() < 0.3:
                    continue
                if unsure and chance.random() < 0.2:
                    data = data[:len(data) // 2 // 512 * 512]
                if len(content) < first:
                    content.extend(bytes(first - len(content)))
                content[first:first + len(data)] = data
        for name, content in files.items():
            path = pathlib.Path(name.removesuffix(" (deleted)"))
            if path.parent == pathlib.Path(original) and not path.name.endswith("-shm"):
                (folder / path.name).write_bytes(content)
