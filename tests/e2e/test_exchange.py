"""Exchange: an identity provider's token in; a ticket or an SSH certificate out, for real clients."""

import datetime
import getpass
import json
import os
import re
import subprocess
import time

import pytest

from support.broker import run
from support.client import curl
from support.process import Child, accepts, free_port, wait_until

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"


def base(broker):
    return f"http://127.0.0.1:{broker.port}"


def post(broker, token, **parameters):
    """The form as curl sends it."""
    form = {"grant_type": GRANT, "subject_token": token, "subject_token_type": JWT, **parameters}
    arguments = [part for name, value in form.items() for part in ("--data-urlencode", f"{name}={value}")]
    return curl(base(broker) + "/v1/token", *arguments)


def exchange(broker, *arguments, token=None, **how):
    """The command, with the token on its standard input."""
    return run("token", "exchange", "--broker", base(broker), *arguments,
               stdin=(token or broker.token()) + "\n", **how)


def ticket(broker, *arguments, **how):
    done = exchange(broker, *arguments, **how)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"spt_[A-Za-z0-9_-]{43}\n", done.stdout)
    return done.stdout.strip()


def events(broker, kind):
    return [dict(leaf["fields"]) for leaf in broker.store.leaves(kind)]


def make_key(directory, kind="ed25519"):
    path = directory / f"id_{kind}"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", path], check=True)
    return path


def listing(certificate):
    """What `ssh-keygen -L` says of a certificate: lists by heading."""
    text = subprocess.run(["ssh-keygen", "-L", "-f", certificate], check=True, capture_output=True,
                          text=True, env={**os.environ, "TZ": "UTC"}).stdout
    out, heading = {}, None
    for line in text.splitlines()[1:]:
        match = re.match(r" {8}(\S[^:]*): ?(.*)", line)
        if match:
            heading = match[1]
            out[heading] = [match[2]] if match[2] else []
        else:
            out[heading].append(line.strip())
    return out


def test_a_ticket_is_good_once_for_its_target_and_never_in_the_store(broker):
    one = ticket(broker, "--target", "orders")
    assert broker.get("/v1/orders", token=one, target="direct").status == 401
    assert broker.get("/v1/orders", token=one).status == 200
    assert broker.get("/v1/orders", token=one).status == 401
    assert [row["auth_method"] for row in broker.sessions()] == ["ticket"]
    assert len(events(broker, "ticket.issued")) == len(events(broker, "ticket.redeemed")) == 1
    broker.stop()
    assert not broker.store.contains(one)
    assert one not in broker.log()


def test_a_ticket_of_several_uses_survives_a_restart_with_what_it_has_left(broker):
    several = ticket(broker, "--uses", "3", "--ttl", "5m")
    assert broker.get("/v1/orders", token=several).status == 200
    broker.stop()
    broker.start()
    assert broker.get("/v1/orders", token=several, target="direct").status == 401
    assert broker.get("/v1/orders", token=several).status == 200
    assert broker.get("/v1/orders", token=several).status == 200
    assert broker.get("/v1/orders", token=several).status == 401
    assert broker.verify().returncode == 0


def test_a_spent_ticket_stays_spent_when_the_broker_is_killed(broker):
    one = ticket(broker)
    assert broker.get("/v1/orders", token=one).status == 200
    broker.child.kill()
    broker.start()
    assert broker.get("/v1/orders", token=one).status == 401


def test_a_ticket_is_over_with_its_lifetime(broker):
    answer = post(broker, broker.token(), expires_in="1").json()
    assert answer["expires_in"] <= 1
    [issued] = events(broker, "ticket.issued")
    wait_until(lambda: time.time() * 1e6 > int(issued["expires_us"]), what="the ticket's end")
    assert broker.get("/v1/orders", token=answer["access_token"]).status == 401


def test_a_ticket_of_one_role_opens_nothing_by_another(make_broker):
    policy = {"version": 1,
              "roles": [{"name": "reader", "groups": ["agents"], "targets": ["*"], "rules": ["reads"]},
                        {"name": "writer", "groups": ["agents"], "targets": ["orders"],
                         "rules": ["writes"]}],
              "rules": [{"id": "reads", "when": {"action": "read"}, "effect": "allow"},
                        {"id": "writes", "when": {"action": "write"}, "effect": "allow"}]}
    broker = make_broker(policy=policy).start()
    only = ticket(broker, "--role", "reader", "--uses", "2")
    assert broker.get("/v1/orders", token=only).status == 200
    assert broker.get("/v1/orders", "-X", "POST", token=only).status == 403
    assert {row["roles"] for row in broker.store.query("SELECT roles FROM sessions")} == {'["reader"]'}
    refused = exchange(broker, "--role", "owner")
    assert refused.returncode == 1
    assert "does not hold the role" in refused.stderr


def test_what_is_not_held_is_answered_like_what_does_not_exist(broker):
    answers = [post(broker, broker.token(), audience="nowhere"),
               post(broker, broker.token(groups=("strangers",)), audience="orders")]
    assert [answer.status for answer in answers] == [400, 400]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["error"] == "invalid_target"
    assert answers[0].header("Cache-Control") == "no-store"


def test_bad_requests_are_named_in_oauths_words(broker):
    token = broker.token()
    assert post(broker, "x.y.z").json()["error"] == "invalid_request"
    assert post(broker, token, uses="101").json()["error"] == "invalid_request"
    assert post(broker, token, actor_token="x").json()["error"] == "invalid_request"
    assert "not yet supported" in post(
        broker, token, subject_token_type="urn:ietf:params:oauth:token-type:saml2").json()["error_description"]
    assert post(broker, ticket(broker)).json()["error"] == "invalid_request"
    assert curl(base(broker) + "/v1/token").status == 405
    assert curl(base(broker) + "/v1/token", "-H", "Content-Type: application/json", data=b"{}").status == 400


def test_a_client_without_a_token_is_led_to_its_issuer(broker):
    refused = curl(broker.url("/v1/orders"))
    challenge = refused.header("WWW-Authenticate")
    assert "error=" not in challenge
    where = re.search(r'resource_metadata="([^"]+)"', challenge)[1]
    metadata = curl(where).json()
    assert metadata["resource"] == base(broker) + "/orders"
    assert metadata["authorization_servers"] == ["https://idp.example.com"]
    assert 'error="invalid_token"' in curl(broker.url("/v1/orders"), token="x.y.z").header("WWW-Authenticate")


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_certificate_says_in_ssh_keygens_words_what_it_is_for(broker, tmp_path, kind):
    key = make_key(tmp_path, kind)
    done = exchange(broker, "--target", "orders", "--ssh-key", f"{key}.pub",
                    token=broker.token(actor="assistant"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{key}-cert.pub"
    said = listing(f"{key}-cert.pub")
    assert "user certificate" in said["Type"][0]
    assert said["Key ID"] == ['"dev/agent-7 by assistant"']
    assert said["Principals"] == ["orders"]
    assert said["Critical Options"] == ["source-address 127.0.0.1/32"]
    assert [line.split()[0] for line in said["Extensions"]] == ["identity@sallyport", "permit-pty"]
    begin, end = re.match(r"from (\S+) to (\S+)", said["Valid"][0]).groups()
    lifetime = datetime.datetime.fromisoformat(end) - datetime.datetime.fromisoformat(begin)
    assert lifetime == datetime.timedelta(minutes=5)
    [issued] = events(broker, "certificate.issued")
    assert issued["serial"] == said["Serial"][0]
    assert issued["key"] in said["Public key"][0]
    assert issued["key_id"] == "dev/agent-7 by assistant"


def test_a_certificate_ends_with_the_token_and_names_all_targets_of_the_identity(broker, tmp_path):
    key = make_key(tmp_path)
    done = exchange(broker, "--ssh-key", f"{key}.pub", "--out", tmp_path / "cert", "--ttl", "10m",
                    token=broker.token(ttl="1m"))
    assert done.returncode == 0, done.stderr
    said = listing(tmp_path / "cert")
    assert said["Principals"] == ["orders", "direct", "based"]
    begin, end = re.match(r"from (\S+) to (\S+)", said["Valid"][0]).groups()
    lifetime = datetime.datetime.fromisoformat(end) - datetime.datetime.fromisoformat(begin)
    assert lifetime <= datetime.timedelta(minutes=2, seconds=1)  # the minute, and the clocks' skew


def test_keys_that_are_none_or_too_weak_get_no_certificate(broker, tmp_path):
    weak = tmp_path / "weak"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", weak], check=True)
    refused = exchange(broker, "--ssh-key", f"{weak}.pub")
    assert refused.returncode == 1 and "fewer than 2048 bits" in refused.stderr
    refused = exchange(broker, "--ssh-key", weak)
    assert refused.returncode == 2 and "private key" in refused.stderr
    assert not list(tmp_path.glob("*cert*"))


def test_ca_show_prints_one_key_for_ever(broker, tmp_path):
    first = broker.cli("ca", "show")
    assert first.returncode == 0, first.stderr
    shown = first.stdout.splitlines()[1]
    key = make_key(tmp_path)
    assert exchange(broker, "--ssh-key", f"{key}.pub").returncode == 0
    (tmp_path / "ca.pub").write_text(shown + "\n")
    print_of_ca = subprocess.run(["ssh-keygen", "-l", "-f", tmp_path / "ca.pub"], check=True,
                                 capture_output=True, text=True).stdout.split()[1]
    assert print_of_ca in listing(f"{key}-cert.pub")["Signing CA"][0]
    broker.stop()
    assert broker.cli("ca", "show").stdout == first.stdout  # from the store
    broker.start()
    assert broker.cli("ca", "show").stdout == first.stdout
    assert broker.cli_json("ca", "show")["ssh_user_ca_fingerprint"] == print_of_ca


def test_ca_show_needs_no_broker_to_make_the_key(make_broker, tmp_path):
    broker = make_broker()
    alone = broker.cli("ca", "show")
    assert alone.returncode == 0, alone.stderr
    broker.start()
    assert broker.cli("ca", "show").stdout == alone.stdout
    key = make_key(tmp_path)
    assert exchange(broker, "--ssh-key", f"{key}.pub").returncode == 0
    assert broker.cli_json("ca", "show")["ssh_user_ca_fingerprint"] in listing(f"{key}-cert.pub")["Signing CA"][0]


def test_sshd_that_trusts_the_ca_lets_the_certificate_in(broker, tmp_path):
    """OpenSSH's server takes our certificate for the principal it names, and for no other."""
    key = make_key(tmp_path)
    assert exchange(broker, "--target", "orders", "--ssh-key", f"{key}.pub").returncode == 0
    (tmp_path / "ca.pub").write_text(broker.cli("ca", "show").stdout.splitlines()[1] + "\n")
    host_key = make_key(tmp_path, "ecdsa")
    user, port = getpass.getuser(), free_port()
    settings = {"Port": port, "ListenAddress": "127.0.0.1", "HostKey": host_key, "PidFile": "none",
                "TrustedUserCAKeys": tmp_path / "ca.pub", "AuthorizedKeysFile": "none",
                "AuthorizedPrincipalsFile": tmp_path / "principals", "StrictModes": "no",
                "PasswordAuthentication": "no", "KbdInteractiveAuthentication": "no",
                "PermitRootLogin": "yes", "UsePAM": "no"}
    (tmp_path / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    (tmp_path / "principals").write_text("orders\n")
    os.makedirs("/run/sshd", exist_ok=True)
    sshd = Child(["/usr/sbin/sshd", "-D", "-e", "-f", tmp_path / "sshd_config"], "sshd", tmp_path)
    try:
        sshd.wait_ready(lambda: accepts(port))

        def ssh():
            return subprocess.run(
                ["ssh", "-F", "none", "-p", str(port), "-i", key, "-o", "BatchMode=yes",
                 "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
                 "-o", f"UserKnownHostsFile={tmp_path}/known", f"{user}@127.0.0.1", "echo", "in"],
                capture_output=True, text=True, timeout=60, check=False)
        let_in = ssh()
        assert let_in.stdout == "in\n", let_in.stderr + sshd.output()
        (tmp_path / "principals").write_text("billing\n")
        assert ssh().returncode == 255
    finally:
        sshd.stop()


def test_the_command_says_what_is_wrong(broker, tmp_path):
    for arguments, why in [(("--ttl", "x"), "--ttl"), (("--out", "f"), "--ssh-key")]:
        done = exchange(broker, *arguments)
        assert done.returncode == 2 and why in done.stderr
    plain = run("token", "exchange", "--broker", "http://broker.example.com", stdin="x")
    assert plain.returncode == 2 and "https" in plain.stderr
    none = run("token", "exchange", "--broker", base(broker), stdin="")
    assert none.returncode == 2 and "no token" in none.stderr
    refused = exchange(broker, token="x.y.z")
    assert refused.returncode == 1 and "not accepted" in refused.stderr
    assert "x.y.z" not in refused.stderr
    as_json = exchange(broker, "--json")
    assert json.loads(as_json.stdout)["token_type"] == "Bearer"


def test_what_ca_show_prints_is_what_clients_need_to_trust_the_broker(make_broker, world, tmp_path):
    def change(config):
        chain = tmp_path / "chain.pem"
        chain.write_text(world.certificate.read_text() + world.authority.certificate.read_text())
        config["listen"]["http"]["tls"] = True
        config["tls"] = {"certificate": str(chain), "key": str(world.key)}
    broker = make_broker(change=change).start()
    url = f"https://localhost:{broker.port}"
    (tmp_path / "ca.pem").write_text(broker.cli_json("ca", "show")["tls"])
    trusting = run("token", "exchange", "--broker", url, "--ca", tmp_path / "ca.pem", stdin=broker.token())
    assert trusting.returncode == 0, trusting.stderr
    used = curl(url + "/orders/v1/orders", "--cacert", tmp_path / "ca.pem", token=trusting.stdout.strip())
    assert used.status == 200
    led = curl(url + "/orders/v1/orders", "--cacert", tmp_path / "ca.pem").header("WWW-Authenticate")
    assert f'resource_metadata="{url}/.well-known/' in led
    suspicious = run("token", "exchange", "--broker", url, stdin=broker.token())
    assert suspicious.returncode == 2 and "spt_" not in suspicious.stdout
