"""Fixtures: real targets (nginx, a JSON API) for the whole run, a broker of its own for each test."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from support import pki, postgres  # noqa: E402
from support.broker import PROGRAM, Broker, run  # noqa: E402
from support.nginx import Nginx  # noqa: E402
from support.process import Child, accepts, free_port, leftovers  # noqa: E402

LONG = os.environ.get("SALLYPORT_LONG") == "yes"
SANITIZED = any(word in PROGRAM for word in ("asan", "tsan"))


def pytest_configure(config):
    config.addinivalue_line("markers", "long: only with tools/test --long")


def pytest_collection_modifyitems(items):
    for item in items:
        if "long" in item.keywords and not LONG:
            item.add_marker(pytest.mark.skip(reason="only with tools/test --long"))


class World:
    """What is there before the broker: targets, an outside identity provider's keys."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.authority = pki.Authority(self.directory / "ca")
        self.other_authority = pki.Authority(self.directory / "other-ca", "other-ca")
        self.certificate, self.key = self.authority.issue("localhost")
        self.corp_key = pki.make_key(self.directory / "corp.pem")
        self.corp_jwks = self.directory / "corp.json"
        self.corp_jwks.write_text(json.dumps({"keys": [pki.jwk(self.corp_key, "corp-1")]}))
        self.api_port = free_port()
        self.api_log = self.directory / "api.jsonl"
        self.api = Child(["/usr/bin/python3", pathlib.Path(__file__).parent / "support/json_api.py",
                          self.api_port, self.api_log], "api", self.directory)
        self.api.wait_ready(lambda: accepts(self.api_port))
        self.nginx = Nginx(self.directory, self.api_port, self.authority)
        self._template = None
        self._postgres = None

    @property
    def postgres(self):
        """Started for the first test that wants it."""
        if self._postgres is None:
            if postgres.programs() is None:
                pytest.skip("no PostgreSQL server is installed")
            self._postgres = postgres.Postgres(self.authority)
        return self._postgres

    def fill_directory(self, directory):
        """What `sallyport init` writes, keys and all: made once, then copied."""
        if self._template is None:
            self._template = self.directory / "init"
            done = run("init", self._template)
            assert done.returncode == 0, done.stderr
        shutil.copytree(self._template, directory, dirs_exist_ok=True)

    def corp_token(self, **claims):
        """A token of the outside identity provider."""
        header = {"alg": "EdDSA", "kid": "corp-1", "typ": "JWT"}
        return pki.sign(header, pki.claims("https://idp.example.com", **{"groups": ["agents"], **claims}),
                        self.corp_key)

    def received(self):
        """The requests that reached the JSON API, oldest first."""
        if not self.api_log.exists():
            return []
        return [json.loads(line) for line in self.api_log.read_text().splitlines()]

    def stop(self):
        if self._postgres:
            self._postgres.stop()
        self.nginx.stop()
        self.api.stop()


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    if not pathlib.Path(PROGRAM).exists():
        pytest.exit(f"no program at {PROGRAM}: build it, or set SALLYPORT", 2)
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.stop()
    assert not leftovers()


@pytest.fixture(autouse=True)
def nothing_outlives_the_test(world):
    yield
    assert set(leftovers()) - {"postgres"} == {"api", "nginx"}, "a test left a process behind"


@pytest.fixture
def make_broker(world, tmp_path):
    """Makes brokers that are not started yet; stops those that were."""
    brokers = []

    def make(policy=None, change=None, name=None):
        name = name or f"broker{len(brokers) or ''}"
        brokers.append(Broker(tmp_path / name, world, policy, change, name))
        return brokers[-1]

    yield make
    for broker in brokers:
        if broker.child and broker.child.running():
            broker.child.kill()
        reports = broker.child and "ERROR: AddressSanitizer" in broker.log()
        assert not reports, broker.log()[-4000:]


@pytest.fixture
def broker(make_broker):
    """A broker that runs, with the usual configuration."""
    broker = make_broker().start()
    yield broker
    if broker.child.running():
        assert broker.stop() == 0, broker.log()[-2000:]


@pytest.fixture
def make_pg(make_broker, world):
    """Makes a broker whose target is the real server; `change` as for any broker."""
    def make(change=None, policy=None, prepare=None):
        port = free_port()

        def both(config):
            config["listen"]["postgres"] = {"address": f"127.0.0.1:{port}", "tls": True,
                                            "allow_plaintext_loopback": True}
            config["tls"] = {"certificate": str(world.certificate), "key": str(world.key)}
            config["targets"].append(postgres.target(world))
            if change:
                change(config)
        broker = make_broker(policy=policy or postgres.POLICY, change=both)
        broker.pg_port = port
        secret = broker.directory / "keys/pg.secret"
        secret.write_text(postgres.PASSWORD)
        secret.chmod(0o600)
        if prepare:
            prepare(broker)
        return broker.start()
    return make


@pytest.fixture
def pg(make_pg):
    broker = make_pg()
    broker.pg_token = broker.token()
    yield broker
    if broker.child.running():
        assert broker.stop() == 0, broker.log()[-2000:]


@pytest.fixture
def token(broker):
    return broker.token()


@pytest.fixture
def small_disk(tmp_path):
    """Mounts small file systems; skips where that is not permitted."""
    mounted = []

    def mount(size="24m", where=None):
        where = pathlib.Path(where or tmp_path / "disk")
        where.mkdir(exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(where)],
                              capture_output=True, check=False)
        if done.returncode:
            pytest.skip("may not mount a file system here")
        mounted.append(where)
        return where

    yield mount
    for where in reversed(mounted):
        subprocess.run(["umount", "-l", str(where)], check=False)
