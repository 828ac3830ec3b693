"""Who may come in: tokens good and bad, as an agent and an attacker would present them."""

import json
import time

import pytest

from support import pki
from support.client import curl


def assert_unauthorized(response):
    """401 as INTERFACE section 3 has it: a challenge, and no reason."""
    assert response.status == 401, response.text
    assert response.header("WWW-Authenticate").startswith("Bearer")
    told = (response.header("WWW-Authenticate") + response.text).lower()
    for hint in ("expired", "signature", "audience", "issuer", "kid", "alg", "lifetime"):
        assert hint not in told, told


def test_no_token_is_401(broker):
    assert_unauthorized(broker.get("/v1/orders"))


def test_a_token_of_the_outside_provider_is_accepted(broker, world):
    assert broker.get("/v1/orders", token=world.corp_token()).status == 200


def test_a_groups_claim_may_be_a_single_string(broker, world):
    assert broker.get("/v1/orders", token=world.corp_token(groups="agents")).status == 200


def test_an_expired_token_is_401(broker):
    now = int(time.time())
    assert_unauthorized(broker.get("/v1/orders", token=broker.forge(iat=now - 7200, exp=now - 3600)))


def test_a_token_that_expired_within_the_leeway_is_accepted(broker):
    now = int(time.time())
    assert broker.get("/v1/orders", token=broker.forge(iat=now - 600, exp=now - 30)).status == 200


def bad_tokens(broker, world, directory):
    good = broker.token()
    head, claims = pki.decode_token(good)
    now = int(time.time())
    other_key = pki.make_key(directory / "other.pem")
    none = f"{pki.encode_part({'alg': 'none'})}.{pki.encode_part(claims)}."
    public = pki.openssl("pkey", "-in", broker.directory / "keys/dev_issuer.pem", "-pubout")
    return {
        "signed by another key": broker.forge(good, key=other_key),
        "without a signature (alg none)": none,
        "alg none with the old signature": none + good.rpartition(".")[2],
        "HMAC with the public key": hmac_token(head, claims, public),
        "of an unknown issuer": broker.forge(good, iss="https://evil.example.com"),
        "of another configured issuer": broker.forge(good, iss="https://idp.example.com"),
        "for another audience": broker.forge(good, aud="somebody-else"),
        "not valid yet": broker.forge(good, nbf=now + 3600),
        "issued in the future": broker.forge(good, iat=now + 3600, exp=now + 7200),
        "valid for a year": broker.forge(good, exp=now + 365 * 86400),
        "without an expiry": broker.forge(good, exp=None),
        "without a subject": broker.forge(good, sub=None),
        "with a key of its own (jwk)": pki.sign(
            {**head, "jwk": pki.jwk(other_key, "x")}, claims, other_key),
        "with a payload swapped": ".".join(
            [good.split(".")[0], pki.encode_part({**claims, "groups": ["admin"]}), good.split(".")[2]]),
        "with repeated members": repeated_member(head, claims, broker),
        "one byte longer": good + "A",
        "nonsense": "not-a-token",
        "very long": "a" * 20000,
    }


def hmac_token(head, claims, secret):
    import hashlib
    import hmac
    signed = f"{pki.encode_part({**head, 'alg': 'HS256'})}.{pki.encode_part(claims)}"
    return signed + "." + pki.b64url(hmac.new(secret, signed.encode(), hashlib.sha256).digest())


def repeated_member(head, claims, broker):
    text = json.dumps(claims)[:-1] + ',"sub":"root"}'
    signed = pki.encode_part(head) + "." + pki.b64url(text.encode())
    path = broker.directory / "signed.txt"
    path.write_text(signed)
    signature = pki.openssl("pkeyutl", "-sign", "-rawin", "-inkey",
                            broker.directory / "keys/dev_issuer.pem", "-in", path)
    return signed + "." + pki.b64url(signature)


def test_bad_tokens_are_401_without_a_reason_and_the_reason_is_in_the_store(broker, world, tmp_path):
    refused = bad_tokens(broker, world, tmp_path)
    for name, token in refused.items():
        response = broker.get("/v1/orders", token=token)
        if name == "very long":
            assert response.status in (401, 431)
        else:
            assert_unauthorized(response)
    logins = broker.store.query("SELECT * FROM logins WHERE outcome NOT IN ('accepted', 'success')")
    assert len(logins) >= len(refused) - 2
    assert all(row["reason"] for row in logins)
    assert broker.verify().returncode == 0
    stored = [name for name, token in refused.items() if broker.store.contains(token)]
    assert not stored


def test_one_who_names_another_scheme_is_401(broker, token):
    response = broker.get("/v1/orders", "-H", f"Authorization: Basic {token}")
    assert_unauthorized(response)


def test_two_authorization_fields_are_refused(broker, token):
    response = broker.get("/v1/orders", "-H", f"Authorization: Bearer {token}",
                          "-H", "Authorization: Bearer other")
    assert response.status in (400, 401)


def test_a_token_in_the_query_is_not_an_identity(broker, token):
    assert_unauthorized(broker.get(f"/v1/orders?access_token={token}"))


def test_sessions_are_per_issuer_subject_actor_token_and_target(broker):
    one, two = broker.token(subject="s1"), broker.token(subject="s2")
    ids = {broker.get("/v1/orders", token=one).header("Sallyport-Session"),
           broker.get("/v1/orders", token=two).header("Sallyport-Session"),
           broker.get("/v1/orders", target="direct", token=one).header("Sallyport-Session")}
    assert len(ids) == 3


def test_a_session_ends_when_its_token_expires(broker):
    now = int(time.time())
    # Expires within the leeway of 60 s in about two seconds from now.
    token = broker.forge(iat=now - 600, exp=now - 57)
    first = broker.get("/v1/orders", token=token)
    assert first.status == 200
    end = time.monotonic() + 10
    while broker.get("/v1/orders", token=token).status == 200:
        assert time.monotonic() < end
    assert_unauthorized(broker.get("/v1/orders", token=token))
    session = first.header("Sallyport-Session")
    while not broker.store.value(f"SELECT ended_at FROM sessions WHERE id = '{session}'"):
        assert time.monotonic() < end
    assert broker.store.value(f"SELECT end_reason FROM sessions WHERE id = '{session}'") == "expired"


def test_token_check_says_who_a_token_is(broker):
    token = broker.token(subject="agent-7", groups=["agents", "night"], actor="carol")
    done = broker.cli("token", "check", "--lines", stdin=token + "\nrubbish\n")
    good, bad = map(json.loads, done.stdout.splitlines())
    assert good["accepted"] and good["subject"] == "agent-7" and good["groups"] == ["agents", "night"]
    assert good["actor"] == "carol"
    assert not bad["accepted"] and bad["reason"]
    assert broker.cli("token", "check", stdin=token).returncode == 0
    assert broker.cli("token", "check", stdin="rubbish").returncode == 1


def test_token_issue_needs_the_development_issuer(make_broker):
    broker = make_broker(change=lambda config: config["identity"]["issuers"].pop(0))
    done = broker.cli("token", "issue", "--subject", "x")
    assert done.returncode in (1, 2) and "development" in done.stderr


@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
def test_probes_need_no_token(broker, path):
    assert curl(f"http://127.0.0.1:{broker.admin_port}{path}").status == 200
