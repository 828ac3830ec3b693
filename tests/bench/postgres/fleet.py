"""What is measured: one PostgreSQL server, and the ways to reach it, all running at once on this machine."""

import os
import pathlib
import resource
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))

from support import pki, yaml  # noqa: E402
from support.broker import PROGRAM, run  # noqa: E402
from support.client import curl  # noqa: E402
from support.postgres import Postgres  # noqa: E402
from support.process import Child, accepts, free_port  # noqa: E402

USER = "trusting"
ROWS, ROW_BYTES = 160_000, 100  # of the text column of `big`

PGBOUNCER = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {directory}/users.txt
pool_mode = session
default_pool_size = 1000
max_client_conn = 1000
server_reset_query =
"""

# Rows of random text, which no compression makes much smaller; a query asks for them many times over.
BIG = f"""CREATE TABLE big AS SELECT g AS id, left(translate(encode(
  sha512(random()::text::bytea) || sha512(random()::text::bytea), 'base64'), E'\\n', ''), {ROW_BYTES}) AS body
  FROM generate_series(1, {ROWS}) g"""


class Way:
    """One way to reach the server: a name, where to connect, the process to charge for it."""

    def __init__(self, name, port, child, database="bench", password=""):
        self.name, self.port, self.child = name, port, child
        self.database, self.password = database, password

    def environment(self):
        base = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**base, "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGDATABASE": self.database,
                "PGUSER": USER, "PGPASSWORD": self.password, "PGSSLMODE": "disable",
                "PGGSSENCMODE": "disable"}


def more_files():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def twenty_rules():
    """Rules about tables and their columns, of which the first allows what is measured."""
    rules = [{"id": "reads", "effect": "allow", "when": {"action": ["read", "transfer"]}}]
    rules += [{"id": f"secret-{n}", "effect": "deny", "reason": "not for agents",
               "when": {"sql.reads": [f"secret{n}.*", f"t{n}.x"]}} for n in range(1, 20)]
    return {"version": 1, "rules": rules, "roles": [
        {"name": "bench", "groups": ["agents"], "targets": ["*"], "rules": [r["id"] for r in rules]}]}


class Fleet:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        authority = pki.Authority(self.directory / "ca")
        self.certificate, self.key = authority.issue("localhost")
        self.server = Postgres(authority, max_connections=1100, shared_buffers="256MB")
        self.children = []
        self.server.sql("postgres", f"CREATE DATABASE bench OWNER {USER}")
        bouncer_port, bouncer = self._pgbouncer()
        self.broker = self._broker()
        self.ways = [Way("direct", self.server.port, self.server.child),
                     Way("pgbouncer", bouncer_port, bouncer)]
        self.ways += [Way(name, self.port, self.broker, name, self.token) for name in self.targets]
        subprocess.run(["pgbench", "-iq", "-s", "1"], env=self.ways[0].environment(), check=True,
                       capture_output=True)
        for text in (f"SET ROLE {USER}; {BIG}", "VACUUM ANALYZE big"):
            self.server.sql("bench", text)

    def way(self, name):
        return next(way for way in self.ways if way.name == name)

    def _start(self, argv, name, port, **how):
        child = Child(argv, name, self.directory, **how)
        self.children.append(child)
        return child.wait_ready(lambda: accepts(port))

    def _pgbouncer(self):
        # Beside the server's own, because pgbouncer does not run as root either.
        folder, port = self.server.directory / "pgbouncer", free_port()
        folder.mkdir()
        (folder / "pgbouncer.ini").write_text(
            PGBOUNCER.format(server=self.server.port, port=port, directory=folder))
        (folder / "users.txt").write_text(f'"{USER}" ""\n')

        def become():
            more_files()
            self.server.become()
        return port, self._start(["pgbouncer", folder / "pgbouncer.ini"], "pgbouncer", port,
                                 before=become, cwd="/")

    def _broker(self):
        folder = self.directory / "broker"
        assert run("init", folder).returncode == 0
        self.port, admin = free_port(), free_port()
        common = {"protocol": "postgres", "address": f"127.0.0.1:{self.server.port}", "database": "bench",
                  "tls": {"mode": "off"}, "credential": {"username": USER}}
        self.targets = {"overlapped": {"durability": "overlapped"}, "write-ahead": {},
                        "none": {"record_payloads": "none"}, "full": {"record_payloads": "full"}}
        config = {
            "listen": {"postgres": {"address": f"127.0.0.1:{self.port}", "tls": True,
                                    "allow_plaintext_loopback": True}},
            "tls": {"certificate": str(self.certificate), "key": str(self.key)},
            "admin": {"address": f"127.0.0.1:{admin}"},
            "store": "sqlite:data/audit.db", "secrets": {"key": "file:keys/secrets.key"},
            "identity": {"issuers": [{"name": "dev", "type": "development", "key": "keys/dev_issuer.pem"}]},
            "targets": [{"name": name, "audit": {"record_payloads": "head", **audit}, **common}
                        for name, audit in self.targets.items()],
            "policy": ["policy.yaml"], "audit": {"session_payload_limit": "64GiB"},
            "limits": {"connections": 3000, "sessions_per_subject": 3000},
        }
        (folder / "bench.yaml").write_text(yaml.dump(config))
        (folder / "policy.yaml").write_text(yaml.dump(twenty_rules()))
        child = self._start([PROGRAM, "serve", "--config", folder / "bench.yaml"], "sallyport", self.port,
                            before=more_files)
        issued = run("token", "issue", "--config", folder / "bench.yaml", "--subject", "bench",
                     "--group", "agents", "--ttl", "8h")
        assert issued.returncode == 0, issued.stderr
        self.token = issued.stdout.strip()
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
        self.server.stop()
