"""One running broker with a folder of its own, and the command line that goes with it."""

import copy
import json
import os
import pathlib
import signal
import subprocess

from . import pki, yaml
from .client import curl
from .process import Child, accepts, free_port, wait_until
from .store import Store

ROOT = pathlib.Path(__file__).resolve().parents[3]
# Test vectors of others: beside the project, if they are anywhere.
VECTORS = pathlib.Path(os.environ.get("SALLYPORT_VECTORS", ROOT.parent / "shared/vectors"))
PROGRAM = os.environ.get("SALLYPORT", str(ROOT / "build/release/tools/sallyport"))

# What the targets expect of the broker, and agents must never see.
API_SECRET = "broker-holds-this-7f3a9c"

POLICY = {
    "version": 1,
    "roles": [{"name": "tester", "groups": ["agents"], "targets": ["*"],
               "rules": ["reads", "writes", "no-delete"]}],
    "rules": [
        {"id": "reads", "when": {"action": "read"}, "effect": "allow"},
        {"id": "writes", "when": {"action": "write"}, "effect": "allow"},
        {"id": "no-delete", "when": {"action": "delete"}, "effect": "deny",
         "reason": "Orders are never deleted by agents."},
    ],
}


def run(*arguments, stdin=None, env=None, timeout=60, prefix=()):
    """One run of the program to its end."""
    return subprocess.run([*prefix, PROGRAM, *map(str, arguments)], input=stdin, text=True,
                          capture_output=True, timeout=timeout, check=False,
                          env=dict(os.environ, **(env or {})))


def parse_json(text):
    """What a command printed with --json: one value, or one per line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


class Broker:
    """`change` gets the configuration as a dictionary and may alter it before it is written."""

    def __init__(self, directory, world, policy=None, change=None, name="broker"):
        self.directory = pathlib.Path(directory)
        self.world, self.name = world, name
        self.port, self.admin_port = free_port(), free_port()
        self.config_path = self.directory / "broker.yaml"
        self.policy_path = self.directory / "policy.yaml"
        self.store = Store(self.directory / "data/audit.db")
        self.child = None
        world.fill_directory(self.directory)
        (self.directory / "keys/api.secret").write_text(API_SECRET)
        os.chmod(self.directory / "keys/api.secret", 0o600)
        self.config = self._configuration()
        if change:
            change(self.config)
        self.write_config()
        self.write_policy(policy or POLICY)

    def _configuration(self):
        nginx, secret = self.world.nginx, "file:keys/api.secret"
        bearer = {"header": "Authorization", "value": "Bearer " + secret}
        return {
            "listen": {"http": {"address": f"127.0.0.1:{self.port}", "tls": False}},
            "admin": {"socket": "run/admin.sock", "address": f"127.0.0.1:{self.admin_port}",
                      "users": [{"uid": os.getuid(), "subject": "operator", "groups": ["admin"]},
                                {"issuer": "dev", "subject": "alice", "groups": ["admin"]},
                                {"issuer": "dev", "subject": "audrey", "groups": ["auditor"]}]},
            "store": "sqlite:data/audit.db",
            "secrets": {"key": "file:keys/secrets.key"},
            "identity": {"issuers": [
                {"name": "dev", "type": "development", "key": "keys/dev_issuer.pem"},
                {"name": "corp", "type": "oidc", "issuer": "https://idp.example.com",
                 "audience": "sallyport", "jwks": str(self.world.corp_jwks)}]},
            "targets": [
                {"name": "orders", "protocol": "http", "url": nginx_url(nginx), "credential": bearer},
                {"name": "direct", "protocol": "http",
                 "url": f"http://127.0.0.1:{self.world.api_port}", "credential": bearer},
                {"name": "based", "protocol": "http", "url": nginx_url(nginx) + "/v1",
                 "credential": bearer},
            ],
            "policy": ["policy.yaml"],
        }

    def write_config(self):
        self.config_path.write_text(yaml.dump(self.config))

    def write_policy(self, policy):
        text = policy if isinstance(policy, str) else yaml.dump(policy)
        self.policy_path.write_text(text)

    def target(self, name):
        return next(one for one in self.config["targets"] if one["name"] == name)

    def changed(self, change):
        """Applies a change to a copy of the configuration, and writes it."""
        self.config = copy.deepcopy(self.config)
        change(self.config)
        self.write_config()

    # Running: start() returns when /readyz says so.
    def launch(self, prefix=(), env=None, before=None, stderr=None):
        self.child = Child([*prefix, PROGRAM, "serve", "--config", self.config_path], self.name,
                           self.directory, env=env, before=before, stderr=stderr)
        return self.child

    def start(self, seconds=15, **how):
        self.launch(**how).wait_ready(self.ready, seconds)
        return self

    def ready(self):
        return accepts(self.admin_port) and self.admin("/readyz").status == 200

    def stop(self, number=signal.SIGTERM, seconds=40):
        return self.child.stop(number, seconds) if self.child else None

    def reload(self):
        self.child.send_signal(signal.SIGHUP)

    def log(self):
        return self.child.output()

    # Asking it.
    def url(self, path, target="orders"):
        return f"http://127.0.0.1:{self.port}/{target}{path}"

    def get(self, path, *arguments, target="orders", **how):
        return curl(self.url(path, target), *arguments, **how)

    def admin(self, path, *arguments, **how):
        return curl(f"http://127.0.0.1:{self.admin_port}{path}", *arguments, **how)

    def cli(self, *arguments, **how):
        return run(*arguments, "--config", self.config_path, **how)

    def cli_json(self, *arguments, **how):
        done = self.cli(*arguments, "--json", **how)
        assert done.returncode == 0, done.stderr
        return parse_json(done.stdout)

    def token(self, subject="agent-7", groups=("agents",), ttl="15m", actor=None, **how):
        arguments = ["token", "issue", "--subject", subject, "--ttl", ttl]
        for group in groups:
            arguments += ["--group", group]
        if actor:
            arguments += ["--actor", actor]
        done = self.cli(*arguments, **how)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def forge(self, base=None, key=None, header=None, **claims):
        """A token like the development issuer's with some claims changed, signed by `key`."""
        head, content = pki.decode_token(base or self.token())
        content = {name: value for name, value in {**content, **claims}.items() if value is not None}
        return pki.sign({**head, **(header or {})}, content, key or self.directory / "keys/dev_issuer.pem")

    def sessions(self):
        return self.cli_json("sessions", "list")

    def commands(self, where="1"):
        return self.store.query(f"SELECT * FROM commands WHERE {where} ORDER BY event")

    def settle(self):
        """Waits for the outcomes of what was answered: they are recorded after the answer."""
        wait_until(lambda: not self.commands("decision = 'allow' AND duration_ms IS NULL"), 10,
                   "the outcomes")
        return self

    def verify(self):
        return self.cli("audit", "verify")


def nginx_url(nginx):
    return f"http://127.0.0.1:{nginx.port}"
