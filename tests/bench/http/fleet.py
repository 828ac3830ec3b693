"""What is measured: an origin, and the ways to reach it, all running at once on this machine."""

import json
import os
import pathlib
import random
import resource
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))

from support import yaml  # noqa: E402
from support.broker import PROGRAM, run  # noqa: E402
from support.client import curl  # noqa: E402
from support.process import CLOCK_TICKS, Child, accepts, free_port  # noqa: E402

CORES = os.cpu_count() or 1

NGINX = """
daemon off;
worker_processes {workers};
worker_rlimit_nofile 16000;
{user}
pid {prefix}/pid;
error_log {prefix}/error.log;
events {{ worker_connections 15000; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path {prefix}/body; proxy_temp_path {prefix}/proxy;
  fastcgi_temp_path {prefix}/f; uwsgi_temp_path {prefix}/u; scgi_temp_path {prefix}/s;
  keepalive_requests 100000000;
  client_max_body_size 0;
  {rest}
}}
"""

ORIGIN = """
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    root {files};
    default_type application/octet-stream;
    location ~ json$ {{ default_type application/json; }}
  }}
"""

PROXY = """
  upstream origin {{ server 127.0.0.1:{origin}; keepalive 256; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096 reuseport;
    location / {{
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }}
  }}
"""

HAPROXY = """
global
  nbthread {cores}
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  http-reuse always
frontend f
  bind 127.0.0.1:{port}
  default_backend b
backend b
  server s 127.0.0.1:{origin}
"""


class Way:
    """One way to reach the origin: a name, a URL, the process to charge for it."""

    def __init__(self, name, url, child, headers=()):
        self.name, self.url, self.child, self.headers = name, url, child, list(headers)

    def _processes(self):
        pid = self.child.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def cpu_seconds(self):
        total = 0
        for pid in self._processes():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / CLOCK_TICKS

    def memory_kib(self, key):
        """VmHWM or VmRSS, added up over the processes."""
        total = 0
        for pid in self._processes():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(key + ":"):
                    total += int(line.split()[1])
        return total

    def reset_peak(self):
        for pid in self._processes():
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def more_files():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def fifty_rules():
    """Rules of every kind, of which the last allows what is measured."""
    rules = [{"id": f"deny-{n}", "effect": "deny", "reason": "not for agents",
              "when": {"http.method": "POST", "http.path": f"/admin/{n}/**"}} for n in range(20)]
    rules += [{"id": f"query-{n}", "effect": "deny", "when": {f"http.query.flag{n}": "/^[0-9]+$/"}}
              for n in range(10)]
    rules += [{"id": f"allow-{n}", "effect": "allow",
               "when": {"action": "read", "http.path": [f"/team-{n}/*", f"/shared-{n}/**"]}} for n in range(19)]
    rules.append({"id": "the-rest", "effect": "allow", "when": {"action": ["read", "write"]}})
    masks = {"id": "masks", "effect": "allow", "when": {"action": "read"},
             "mask": {"detect": "all", "unreadable": "pass"}}
    return {"version": 1, "rules": [*rules, masks], "roles": [
        {"name": "bench", "groups": ["agents"], "targets": ["*"], "rules": [r["id"] for r in rules]},
        {"name": "masked", "groups": ["agents"], "targets": ["masked"], "rules": ["masks"]}]}


class Fleet:
    def __init__(self, directory, api=None):
        self.directory = pathlib.Path(directory)
        self.children = []
        self.origin_port = self._origin()
        proxy_port, proxy = self._nginx("proxy", PROXY, CORES, origin=self.origin_port)
        self.ways = [
            Way("direct", f"http://127.0.0.1:{self.origin_port}", self.children[0]),
            Way("nginx", f"http://127.0.0.1:{proxy_port}", proxy),
            self._haproxy(),
        ]
        self.broker = self._broker(api)
        self.ways += [
            Way(name, f"http://127.0.0.1:{self.port}/{name}", self.broker, [self.authorization])
            for name in ("write-ahead", "overlapped", "none", "full", "guarded", "masked")]

    def _start(self, argv, name, port, **how):
        child = Child(argv, name, self.directory, before=more_files, **how)
        self.children.append(child)
        return child.wait_ready(lambda: accepts(port))

    def _nginx(self, name, rest, workers, **values):
        prefix, port = self.directory / name, free_port()
        prefix.mkdir()
        configuration = prefix / "nginx.conf"
        configuration.write_text(NGINX.format(
            workers=workers, prefix=prefix, rest=rest.format(port=port, **values),
            user="user root;" if os.geteuid() == 0 else ""))
        child = self._start(["nginx", "-p", prefix, "-c", configuration, "-e", prefix / "error.log"],
                            name, port)
        return port, child

    def _origin(self):
        files = self.directory / "files"
        files.mkdir()
        chance = random.Random(1)
        order = {"id": 7, "item": "anvil", "quantity": 3, "note": "a row like many others"}
        rows = json.dumps([dict(order, id=n, price=chance.random()) for n in range(1000)])
        (files / "200-json").write_text(rows[:200])
        (files / "64k-json").write_text(rows[:65536])
        (files / "1m-json").write_text((rows * 12)[:1 << 20])
        (files / "200-random").write_bytes(chance.randbytes(200))
        (files / "64k-random").write_bytes(chance.randbytes(65536))
        return self._nginx("origin", ORIGIN, 1, files=files)[0]

    def _haproxy(self):
        port = free_port()
        configuration = self.directory / "haproxy.cfg"
        configuration.write_text(HAPROXY.format(cores=CORES, port=port, origin=self.origin_port))
        child = self._start(["haproxy", "-q", "-f", configuration], "haproxy", port)
        return Way("haproxy", f"http://127.0.0.1:{port}", child)

    def _broker(self, api):
        folder = self.directory / "broker"
        assert run("init", folder).returncode == 0
        self.port, admin = free_port(), free_port()
        origin = f"http://127.0.0.1:{self.origin_port}"
        targets = [{"name": name, "protocol": "http", "url": origin,
                    "audit": {"durability": durability, "record_payloads": payloads}}
                   for name, durability, payloads in (
                       ("write-ahead", "write-ahead", "head"), ("overlapped", "overlapped", "head"),
                       ("none", "write-ahead", "none"), ("full", "write-ahead", "full"),
                       ("guarded", "write-ahead", "none"), ("masked", "write-ahead", "none"))]
        targets[-2]["credential"] = {"header": "X-Key", "value": "file:keys/origin.secret"}
        (folder / "keys/origin.secret").write_text("what-the-origin-wants-to-see-4f1b")
        (folder / "keys/origin.secret").chmod(0o600)
        if api:
            targets.append({"name": "api", "protocol": "http", "url": f"http://127.0.0.1:{api}",
                            "audit": {"record_payloads": "head"}})
        config = {
            "listen": {"http": {"address": f"127.0.0.1:{self.port}", "tls": False}},
            "admin": {"address": f"127.0.0.1:{admin}"},
            "store": "sqlite:data/audit.db", "secrets": {"key": "file:keys/secrets.key"},
            "identity": {"issuers": [{"name": "dev", "type": "development", "key": "keys/dev_issuer.pem"}]},
            "targets": targets, "policy": ["policy.yaml"], "limits": {"connections": 30000},
        }
        (folder / "bench.yaml").write_text(yaml.dump(config))
        (folder / "policy.yaml").write_text(yaml.dump(fifty_rules()))
        child = self._start([PROGRAM, "serve", "--config", folder / "bench.yaml"], "sallyport", self.port)
        issued = run("token", "issue", "--config", folder / "bench.yaml", "--subject", "bench",
                     "--group", "agents", "--ttl", "8h")
        assert issued.returncode == 0, issued.stderr
        self.token = issued.stdout.strip()
        self.authorization = f"Authorization: Bearer {self.token}"
        child.wait_ready(lambda: curl(f"http://127.0.0.1:{admin}/readyz").status == 200)
        return child

    def verify(self):
        return run("audit", "verify", "--tree-only", "--config", self.directory / "broker/bench.yaml",
                   timeout=600)

    def stop(self):
        for child in reversed(self.children):
            try:
                child.stop()
            except subprocess.TimeoutExpired:
                print(f"{child.name} had to be killed", file=sys.stderr)
