"""Real and odd identity providers: discovery, rotation, outages. Faults 26 to 29."""

import json
import math
import time

import pytest

from conftest import SANITIZED
from support import pki
from support.broker import run
from support.client import Connection, request
from support.idp import Odd, Provider, huge, redirect
from support.process import free_port, wait_until


@pytest.fixture
def provider(tmp_path):
    one = Provider(tmp_path).start()
    yield one
    one.stop()


@pytest.fixture
def odd(tmp_path):
    one = Odd(tmp_path)
    yield one
    one.stop()


@pytest.fixture
def broker_for(make_broker):
    """A broker that trusts these issuers as well, running."""
    def make(*entries):
        return make_broker(change=lambda c: c["identity"]["issuers"].extend(entries)).start()
    return make


def accepted(broker, token):
    return broker.get("/v1/orders", token=token).status == 200


def events(broker, state):
    """The identity.keys events of one state, each as a dictionary of its fields."""
    found = [dict(leaf["fields"]) for leaf in broker.store.leaves("identity.keys")]
    return [fields for fields in found if fields["state"] == state]


def last_reason(broker):
    return broker.store.query("SELECT reason FROM logins WHERE outcome = 'refused' ORDER BY time")[-1]["reason"]


def test_a_workload_uses_the_token_of_a_certified_provider(broker_for, provider):
    broker = broker_for(provider.entry(token_type="access", groups_claim="realm_access.roles",
                                       required_claims={"environment": ["test", "staging"]}))
    token = provider.token()
    assert accepted(broker, token)
    session = broker.sessions()[0]
    assert session["issuer"] == "idp" and session["subject"] == "agent-7"
    assert session["groups"] == ["agents"] and session["auth_method"] == "access_token"
    assert {"issuer": "idp", "state": "changed", "added": "key-1", "removed": ""} in events(broker, "changed")
    checked = broker.cli("token", "check", "--json", stdin=token)
    assert json.loads(checked.stdout)["auth_method"] == "access_token"
    assert broker.stop() == 0
    assert broker.verify().returncode == 0
    assert not broker.store.contains(token)


def test_what_the_configuration_asks_of_tokens_holds(broker_for, provider, odd):
    broker = broker_for(provider.entry(required_claims={"environment": "production"}),
                        odd.entry(token_type="access", max_token_lifetime="5m"))
    for token, reason in [(provider.token(), '"environment" is not as'),
                          (odd.token(nonce="n", ttl=60), "is an ID token"),
                          (odd.token(ttl=60), "does not say"),
                          (odd.token(token_use="access", ttl=600), "lives longer")]:
        assert not accepted(broker, token)
        assert reason in last_reason(broker)
    assert accepted(broker, odd.token(token_use="access", ttl=60))


def test_fault_28_a_new_key_is_picked_up_by_the_first_token_that_has_it(broker_for, provider):
    broker = broker_for(provider.entry())
    old = provider.token()
    assert accepted(broker, old)
    assert provider.control("rotate") == ["key-2", "key-1"]
    # Not one request is refused: the login waits for the key.
    assert accepted(broker, provider.token())
    assert accepted(broker, old)
    assert {"issuer": "idp", "state": "changed", "added": "key-2", "removed": ""} in events(broker, "changed")
    assert not broker.store.query("SELECT * FROM logins WHERE outcome = 'refused'")


def test_fault_28_a_new_key_may_be_seen_first_by_the_exchange(broker_for, provider):
    broker = broker_for(provider.entry())
    provider.control("rotate")
    done = run("token", "exchange", "--broker", f"http://127.0.0.1:{broker.port}", "--target", "orders",
               stdin=provider.token())
    assert done.returncode == 0, done.stderr
    assert accepted(broker, done.stdout.strip())


def test_fault_28_random_key_ids_cause_one_fetch(broker_for, odd):
    broker = broker_for(odd.entry())
    assert accepted(broker, odd.token())
    before = len(odd.asked)
    assert not any(accepted(broker, odd.token(kid=f"made-up-{n}")) for n in range(4))
    assert odd.asked[before:] == ["/.well-known/openid-configuration", "/keys"]
    assert accepted(broker, odd.token(subject="agent-8"))


def test_fault_29_a_removed_key_is_refused_within_the_refresh_interval(broker_for, provider):
    broker = broker_for(provider.entry(refresh_keys="1s"))
    old = provider.token()
    assert accepted(broker, old)
    provider.control("rotate")
    new = provider.token()
    assert accepted(broker, new) and accepted(broker, old)
    assert provider.control("retire") == ["key-2"]
    wait_until(lambda: not accepted(broker, old), 10, "the old key to be refused")
    assert accepted(broker, new)
    assert {"issuer": "idp", "state": "changed", "added": "", "removed": "key-1"} in events(broker, "changed")


def test_fault_26_keys_outlast_the_provider_to_their_limit_and_no_longer(broker_for, provider):
    broker = broker_for(provider.entry("short", keep_keys="8s", refresh_keys="1s"))
    first, second = provider.token(), provider.token()
    assert accepted(broker, first)
    running = Connection(broker.port)
    running.send(request("GET", "/direct/slow?seconds=16", first))
    running.head()
    running.content_until(b"line 0\n")
    provider.stop()
    wait_until(lambda: events(broker, "unreachable"), 10, "the outage to be noticed")
    assert accepted(broker, first) and accepted(broker, second)
    wait_until(lambda: not accepted(broker, first), 20, "the keys to lapse")
    # The address in it is hashed, as the store's redactor does with any.
    assert last_reason(broker).startswith("the issuer's keys are not at hand: http://ipv4_")
    assert "/.well-known/openid-configuration: Failed to connect" in last_reason(broker)
    assert len(events(broker, "unreachable")) == len(events(broker, "lapsed")) == 1
    # What runs goes on to its end; other issuers and the broker's own readiness do not mind.
    running._take_until(b"\r\n0\r\n\r\n")
    running.close()
    assert accepted(broker, broker.token()) and broker.admin("/readyz").status == 200
    provider.start()
    wait_until(lambda: accepted(broker, provider.token()), 20, "the provider to be used again")
    assert len(events(broker, "reachable")) == 1
    assert not accepted(broker, first)  # of a key of the provider's former life


def test_fault_26_a_provider_absent_at_the_start_is_used_when_it_comes(broker_for, tmp_path):
    provider = Provider(tmp_path, "late", free_port())
    broker = broker_for(provider.entry("late"))
    assert broker.admin("/readyz").status == 200
    assert accepted(broker, broker.token())
    provider.start()
    try:
        token = provider.token()
        wait_until(lambda: accepted(broker, token), 20, "the provider to be found")
        assert len(events(broker, "unreachable")) == len(events(broker, "reachable")) == 1
    finally:
        provider.stop()


def test_fault_26_a_provider_that_fails_is_asked_by_one_and_less_and_less(broker_for, odd):
    odd.answer_all(None)
    begun = time.monotonic()
    broker = broker_for(odd.entry())
    token = odd.token()
    for _ in range(20):
        assert not accepted(broker, token)
    assert odd.most_at_once == 1
    # Each attempt asks both places of the document. The first retry comes after half a second at the least,
    # and each further one after twice the time.
    attempts = len(odd.asked) / 2
    assert attempts <= 2 + math.log2(2 * (time.monotonic() - begun) + 1)
    assert broker.log().count("cannot be fetched") == 1


def test_several_issuers_are_told_apart(broker_for, tmp_path, odd):
    one = Provider(tmp_path, "one").start()
    two = Provider(tmp_path, "two", None, "--client", "agent-7:agent-7-secret:agents").start()
    absent = Provider(tmp_path, "absent", free_port())
    try:
        broker = broker_for(one.entry("one"), two.entry("two"), absent.entry("absent"), odd.entry())
        for token in (one.token(), two.token(), odd.token(), broker.token(), broker.world.corp_token()):
            assert accepted(broker, token)
        assert {row["issuer"] for row in broker.sessions()} == {"one", "two", "odd", "dev", "corp"}
        # Both have a key "key-1": a token counts for the issuer that it names.
        head, claims = pki.decode_token(one.token())
        assert head["kid"] == "key-1"
        assert not accepted(broker, pki.sign({"alg": "EdDSA", "kid": "odd-1"}, claims, odd.key))
        assert not accepted(broker, pki.sign({"alg": "EdDSA"}, claims, odd.key))
    finally:
        one.stop()
        two.stop()


GARBAGE = {
    "html": b"<html>Sign in</html>",
    "an empty key set": b'{"keys":[]}',
    "another issuer's document": b'{"issuer":"https://evil.example","jwks_uri":"https://evil.example/k"}',
    "100 MB": huge,
}


@pytest.mark.parametrize("what", GARBAGE)
def test_fault_27_garbage_changes_nothing_for_those_who_have_keys(broker_for, odd, what):
    broker = broker_for(odd.entry(refresh_keys="1s"))
    assert accepted(broker, odd.token())
    before = broker.child.status("VmHWM")
    odd.answer_all(GARBAGE[what])
    wait_until(lambda: events(broker, "unreachable"), 20, "the outage to be noticed")
    assert accepted(broker, odd.token(subject="agent-8"))
    assert not accepted(broker, odd.token(kid="unknown"))
    assert SANITIZED or broker.child.status("VmHWM") - before < 32 << 10
    odd.behave()
    wait_until(lambda: events(broker, "reachable"), 20, "the provider to be used again")


def test_fault_27_a_slow_provider_holds_up_only_who_needs_its_new_key(broker_for, odd):
    broker = broker_for(odd.entry())
    good = odd.token()
    assert accepted(broker, good)
    odd.answer_all(odd.hold)
    waiting = Connection(broker.port)
    waiting.send(request("GET", "/orders/v1/orders", odd.token(kid="not-yet-there")))
    assert odd.holding.acquire(timeout=20)
    # While it says nothing, everybody else is served on every thread.
    for _ in range(8):
        assert accepted(broker, good)
        assert accepted(broker, odd.token(subject="agent-8")) and accepted(broker, broker.token())
    assert waiting.response().status == 401
    waiting.close()
    assert "timed out" in events(broker, "unreachable")[0]["why"]


def test_fault_27_redirects_are_not_followed(broker_for, odd, tmp_path):
    inner = Odd(tmp_path)
    try:
        odd.answer_all(redirect(inner.issuer + "/keys"))
        broker = broker_for(odd.entry())
        assert not accepted(broker, odd.token())
        assert "HTTP status 302" in last_reason(broker)
        assert inner.asked == []
    finally:
        inner.stop()


@pytest.mark.parametrize("address,kind", [("169.254.169.254", "link-local"), ("10.0.0.1", "private"),
                                          ("[fd00:ec2::254]", "private"),
                                          ("[::ffff:169.254.169.254]", "link-local")])
def test_fault_27_a_document_does_not_lead_into_the_network(broker_for, odd, address, kind):
    odd.documents["/.well-known/openid-configuration"] = json.dumps(
        {"issuer": odd.issuer, "jwks_uri": f"https://{address}/keys"}).encode()
    broker = broker_for(odd.entry())
    assert not accepted(broker, odd.token())
    assert f"leads to a {kind} address" in last_reason(broker)


def test_fault_27_a_wrong_certificate_is_refused_and_the_right_one_needs_its_authority(
        broker_for, world, tmp_path):
    good = Odd(tmp_path, world.authority.issue("idp", "DNS:localhost"))
    stranger = Odd(tmp_path, world.other_authority.issue("idp", "DNS:localhost"))
    misnamed = Odd(tmp_path, world.authority.issue("idp-elsewhere", "DNS:elsewhere.example"))
    try:
        ca = str(world.authority.certificate)
        broker = broker_for(good.entry("good", ca=ca), stranger.entry("stranger", ca=ca),
                            misnamed.entry("misnamed", ca=ca))
        assert accepted(broker, good.token())
        for one in (stranger, misnamed):
            assert not accepted(broker, one.token())
            assert one.asked == []
            assert "certificate" in last_reason(broker).lower() or "name" in last_reason(broker)
    finally:
        for one in (good, stranger, misnamed):
            one.stop()


def test_a_reload_keeps_the_keys_that_were_fetched(broker_for, odd):
    broker = broker_for(odd.entry())
    assert accepted(broker, odd.token())
    odd.answer_all(None)
    broker.changed(lambda c: c.setdefault("log", {}).update(level="info"))
    before = broker.log().count("reloaded")
    broker.reload()
    wait_until(lambda: broker.log().count("reloaded") > before, 15, "the reload")
    assert accepted(broker, odd.token(subject="agent-9"))
    broker.changed(lambda c: c["identity"]["issuers"].pop())
    broker.reload()
    wait_until(lambda: not accepted(broker, odd.token()), 15, "the issuer to be gone")


def test_token_check_asks_the_provider(broker_for, provider, odd):
    broker = broker_for(provider.entry(), odd.entry())
    lines = [provider.token(), odd.token(), odd.token(kid="x")]
    provider_gone = provider.token()
    done = broker.cli("token", "check", "--lines", stdin="\n".join(lines) + "\n")
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["accepted"] for one in verdicts] == [True, True, False]
    provider.stop()
    done = broker.cli("token", "check", stdin=provider_gone)
    assert done.returncode == 1
    assert "keys are not at hand: " + provider.issuer in done.stderr
    later = broker.cli("token", "check", "--at", "2040-01-01T00:00:00Z", stdin=lines[1])
    assert later.returncode == 1 and "expired" in later.stderr
