"""Makes the machine misbehave for one process: preloaded shims, and threads that stand still."""

import contextlib
import ctypes
import errno
import mmap
import os
import pathlib
import struct
import subprocess

from .broker import PROGRAM

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "faults"
FIELDS = ["sync_error", "sync_times", "write_error", "write_times", "read_error", "read_times",
          "allocation", "clock_offset", "failed"]


def compile_shim(name, directory):
    """The path of a shim, made from its source."""
    library = pathlib.Path(directory) / f"{name}.so"
    if not library.exists():
        subprocess.run(["gcc", "-std=c17", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
                        "-pthread", "-o", library, SOURCES / f"{name}.c", "-ldl"], check=True)
    return library


def sanitizer():
    """A sanitizer's library wants to be the first one."""
    for name in ("asan", "tsan"):
        if f"/{name}/" in PROGRAM:
            yield subprocess.run(["gcc", f"-print-file-name=lib{name}.so"], check=True, text=True,
                                 stdout=subprocess.PIPE).stdout.strip()


class Faults:
    """One shim, and the page through which it is told what fails (tests/faults/control.h)."""

    def __init__(self, shim, directory, watched=None, journal=None):
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        control = directory / f"{shim}.control"
        control.write_bytes(bytes(4096))
        self._file = open(control, "r+b")
        self._page = mmap.mmap(self._file.fileno(), 4096)
        self.env = {"LD_PRELOAD": " ".join([*sanitizer(), str(compile_shim(shim, directory))]),
                    "FAULT_CONTROL": str(control)}
        if watched:
            self.env["FAULT_DIRECTORY"] = str(watched)
        if journal:
            self.env["FAULT_JOURNAL"] = str(journal)

    def set(self, **values):
        for name, value in values.items():
            struct.pack_into("<q", self._page, 8 * FIELDS.index(name), value)

    def get(self, name):
        return struct.unpack_from("<q", self._page, 8 * FIELDS.index(name))[0]

    def fail(self, what, error="EIO", times=-1):
        """From now on `what` (sync, write, read) fails with this error, so many times (-1: always)."""
        self.set(**{f"{what}_times": times, f"{what}_error": getattr(errno, error)})

    def heal(self):
        self.set(sync_error=0, write_error=0, read_error=0, allocation=0)


_PTRACE_DETACH, _PTRACE_SEIZE, _PTRACE_INTERRUPT = 17, 0x4206, 0x4207
_WALL = 0x40000000


@contextlib.contextmanager
def frozen_thread(tid):
    """Stops one thread of a child, and only that one."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

    def ptrace(request):
        if libc.ptrace(request, tid, None, None) == -1:
            raise OSError(ctypes.get_errno(), "ptrace")

    ptrace(_PTRACE_SEIZE)
    ptrace(_PTRACE_INTERRUPT)
    os.waitpid(tid, _WALL)
    try:
        yield
    finally:
        ptrace(_PTRACE_DETACH)


def event_loop_threads(pid):
    """Threads that wait in epoll, other than the first."""
    found = []
    for task in sorted(pathlib.Path(f"/proc/{pid}/task").iterdir(), key=lambda path: int(path.name)):
        try:
            call = (task / "syscall").read_text().split()[0]
        except (OSError, IndexError):
            continue
        if call in ("232", "281", "22") and int(task.name) != pid:  # epoll_wait, epoll_pwait
            found.append(int(task.name))
    return found
