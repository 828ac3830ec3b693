"""Child processes that never outlive a test: each is stopped by its pid, and dies with us."""

import ctypes
import os
import signal
import socket
import subprocess
import time

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_running = {}
_given_ports = set()


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port():
    """A TCP port of the loopback that was free a moment ago, and that nobody was given before."""
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _given_ports:
            _given_ports.add(port)
            return port


def wait_until(condition, seconds=10, what="a condition", every=0.01):
    """Polls for what another process does. Returns the condition's first true value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(every)


def accepts(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), timeout=1).close()
        return True
    except OSError:
        return False


def alive(pid):
    """Whether a process runs (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def leftovers():
    """The names of our children that still run."""
    return [name for pid, name in _running.items() if alive(pid)]


class Child:
    """One program of a test, its output in files."""

    def __init__(self, argv, name, directory, env=None, before=None, stderr=None, cwd=None):
        self.name = name
        self.argv = [str(part) for part in argv]
        self.log = os.path.join(str(directory), name + ".log")
        environment = dict(os.environ, **(env or {}))

        def prepare():
            if before:
                before()
            _die_with_parent()  # last: the kernel forgets it when the process becomes another user

        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, preexec_fn=prepare,
                stderr=log if stderr is None else stderr, env=environment, cwd=cwd)
        self.pid = self.process.pid
        _running[self.pid] = name

    def running(self):
        return self.process.poll() is None

    def output(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def wait_ready(self, ready, seconds=15):
        def ready_or_dead():
            if not self.running():
                raise RuntimeError(
                    f"{self.name} ended with {self.process.returncode}:\n{self.output()[-3000:]}")
            return ready()
        wait_until(ready_or_dead, seconds, f"{self.name} to be ready")
        return self

    def send_signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=40):
        return self.process.wait(seconds)

    def stop(self, number=signal.SIGTERM, seconds=40):
        """Ends the program and returns its exit status."""
        if self.running():
            self.process.send_signal(number)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
            finally:
                _running.pop(self.pid, None)
        _running.pop(self.pid, None)
        return self.process.returncode

    def kill(self):
        """The end that nothing can prepare for."""
        if self.running():
            self.process.kill()
            self.process.wait()
        _running.pop(self.pid, None)

    def status(self, key):
        """A figure of /proc/PID/status in KiB, or a count: VmHWM, VmRSS, Threads …"""
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith(key + ":"):
                    return int(line.split()[1])
        raise KeyError(key)

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def reset_peak(self):
        """Starts VmHWM anew."""
        with open(f"/proc/{self.pid}/clear_refs", "w") as clear:
            clear.write("5")
