"""A real PostgreSQL server with a cluster of its own: TLS, SCRAM, and the roles that tests log in as."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from .process import Child, accepts, free_port

PASSWORD = "the-target-password-91c4"
SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, name text, email text);
INSERT INTO customers SELECT g, 'name ' || g, 'c' || g || '@example.com' FROM generate_series(1, 500) g;
CREATE TABLE notes (id int, body text);
"""
# One role per login method, so that a broker's configuration decides what is tried.
HBA = """
hostssl all app       127.0.0.1/32 scram-sha-256
hostssl all owner     127.0.0.1/32 scram-sha-256
host    all plain     127.0.0.1/32 scram-sha-256
host    all legacy    127.0.0.1/32 md5
hostssl all clear     127.0.0.1/32 password
host    all trusting  127.0.0.1/32 trust
hostssl all certified 127.0.0.1/32 cert
local   all postgres               trust
"""


def programs():
    """The newest installation's folder; its own name is not in PATH on Debian."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


class Postgres:
    def __init__(self, authority, **settings):
        """`settings` are further ones of the server."""
        # Of its own, because the server's user may not look into pytest's folders.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-postgres-"))
        self.data, self.port, self.authority = self.directory / "data", free_port(), authority
        self.bin, self.settings = programs(), settings
        # The server refuses to run as root.
        self.owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        certificate, key = authority.issue("localhost")
        for path, name in ((certificate, "server.crt"), (key, "server.key"),
                           (authority.certificate, "ca.crt")):
            shutil.copy(path, self.directory / name)
        os.chmod(self.directory / "server.key", 0o600)
        self._own(self.directory)
        self._run(self.bin / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--no-sync")
        (self.data / "pg_hba.conf").write_text(HBA)
        self.child = None
        self.start()
        self.sql("postgres", "SET password_encryption = 'md5';"
                 f"CREATE ROLE legacy LOGIN PASSWORD '{PASSWORD}'")
        for role in ("app", "owner", "plain", "clear", "trusting", "certified"):
            self.sql("postgres", f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        self.sql("postgres", "ALTER ROLE owner SUPERUSER")
        self.sql("postgres", "CREATE DATABASE orders OWNER app")
        self.sql("orders", f"SET ROLE app; {SCHEMA}")

    def _own(self, top):
        if self.owner:
            for path in (top, *top.rglob("*")):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def become(self):
        if self.owner:
            os.setgroups([])
            os.setgid(self.owner.pw_gid)
            os.setuid(self.owner.pw_uid)

    def _run(self, *arguments):
        done = subprocess.run([str(part) for part in arguments], preexec_fn=self.become, text=True,
                              capture_output=True, check=False, timeout=60, cwd="/")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self):
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "ssl": "on", "fsync": "off",
                    "unix_socket_directories": self.directory, "log_line_prefix": "%p [%a] ",
                    "ssl_cert_file": self.directory / "server.crt",
                    "ssl_key_file": self.directory / "server.key",
                    "ssl_ca_file": self.directory / "ca.crt", "max_prepared_transactions": 5, **self.settings}
        arguments = [f"-c{name}={value}" for name, value in settings.items()]
        self.child = Child([self.bin / "postgres", "-D", self.data, *arguments], "postgres",
                           self.directory, before=self.become, cwd="/")
        self.child.wait_ready(lambda: accepts(self.port) and self._answers())

    def _answers(self):
        try:
            return self.sql("postgres", "SELECT 1") == "1"
        except AssertionError:
            return False

    def sql(self, database, text):
        """As the server's superuser, past every broker."""
        return self._run(self.bin / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", self.directory,
                         "-p", self.port, "-U", "postgres", "-d", database, "-c", text).strip()

    def session(self, database, text):
        """One that stays open, as the server's superuser, once it has done what `text` says."""
        child = subprocess.Popen(
            [str(self.bin / "psql"), "-XAtq", "-h", str(self.directory), "-p", str(self.port), "-U", "postgres", database],
            preexec_fn=self.become, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/")
        child.stdin.write(text + "\\echo done\n")
        child.stdin.flush()
        assert child.stdout.readline() == "done\n"
        return child

    def log(self):
        return self.child.output()

    def stop(self, number=signal.SIGINT):
        status = self.child.stop(number)
        shutil.rmtree(self.directory)
        return status


POLICY = {
    "version": 1,
    "roles": [{"name": "tester", "groups": ["agents"], "targets": ["*"], "rules": ["all", "no-drop"]}],
    "rules": [
        {"id": "all", "when": {"action": ["read", "write", "delete", "define", "administer", "execute",
                                          "transfer", "unknown"]}, "effect": "allow"},
        {"id": "no-drop", "when": {"text": "/(?i)^\\s*drop/"}, "effect": "deny",
         "reason": "Schema changes go through migrations."},
    ],
}


def target(world, name="orders-db", username="app", password="file:keys/pg.secret", tls=None, **more):
    credential = {"username": username, **({"password": password} if password else {})}
    methods = more.pop("methods", None)
    if methods:
        credential["methods"] = methods
    return {"name": name, "protocol": "postgres", "address": f"localhost:{world.postgres.port}",
            "database": "orders", "credential": credential,
            "tls": tls or {"mode": "verify-full", "ca": str(world.authority.certificate)}, **more}
