"""Failed logins: counted, answered later and later, locked, and unlocked by time or by a person."""

import time

from support import pki
from support.access import Stream, act, events, principal
from support.process import wait_until


def forged(broker, tmp_path, count, subject="agent-7"):
    """Tokens of the development issuer's that another key signed."""
    key = pki.make_key(tmp_path / "other.pem")
    base = broker.token(subject=subject)
    return [broker.forge(base, key=key, jti=str(n)) for n in range(count)]


def test_too_many_failed_logins_lock_until_a_person_ends_it(make_broker, tmp_path):
    broker = make_broker(change=lambda config: config.update(
        limits={"failed_logins": 3, "login_lock": "1h"})).start()
    known = broker.token()
    stream = Stream(broker, known)
    for token in forged(broker, tmp_path, 3):
        assert broker.get("/v1/orders", token=token).status == 401
    refused = broker.get("/v1/orders", token=broker.token())
    assert refused.status == 401 and "lock" not in refused.text
    assert broker.get("/v1/orders", token=known).status == 200, "accepted before the lock"
    assert stream.ended is None
    stream.close()
    assert broker.get("/v1/orders", token=broker.token(subject="agent-8")).status == 200
    assert broker.store.value("SELECT count(*) FROM logins WHERE reason = 'locked'") == 1
    assert events(broker, "auth.locked") == [{"client_address": "127.0.0.1", "issuer": "dev",
                                             "subject": "agent-7", "failures": "3"}]
    assert 'sallyport_login_locks_total{what="identity"} 1' in broker.admin("/metrics").text
    assert "locks ended: 1" in act(broker, "unlock", "agent-7")
    assert broker.get("/v1/orders", token=broker.token()).status == 200
    assert events(broker, "auth.unlocked")[0]["by"] == "operator"
    again = broker.cli("access", "unlock", "agent-7")
    assert again.returncode == 1 and "locked" in again.stderr
    assert principal(broker)["failed_logins"] == 4


def test_a_lock_ends_by_time_and_enabling_ends_one(make_broker, tmp_path):
    broker = make_broker(change=lambda config: config.update(
        limits={"failed_logins": 2, "login_lock": "3s"})).start()
    tokens = forged(broker, tmp_path, 4)
    for token in tokens[:2]:
        broker.get("/v1/orders", token=token)
    assert broker.get("/v1/orders", token=broker.token()).status == 401
    wait_until(lambda: broker.get("/v1/orders", token=broker.token()).status == 200, 15, "the lock's end")
    wait_until(lambda: events(broker, "auth.unlocked"), 5, "its record")
    assert events(broker, "auth.unlocked")[0]["by"] == "time"
    act(broker, "disable", "agent-7")
    for token in tokens[2:]:
        broker.get("/v1/orders", token=token)
    act(broker, "enable", "agent-7")
    assert broker.get("/v1/orders", token=broker.token()).status == 200


def test_an_address_is_locked_whoever_it_claims_to_be(make_broker, tmp_path):
    broker = make_broker(change=lambda config: config.update(
        limits={"failed_logins": 0, "failed_logins_per_address": 4})).start()
    for n, token in enumerate(forged(broker, tmp_path, 4)):
        assert broker.get("/v1/orders", token=token).status == 401, n
    assert broker.get("/v1/orders", token=broker.token(subject="somebody")).status == 401
    assert "locks ended: 1" in act(broker, "unlock", "127.0.0.1")
    assert broker.get("/v1/orders", token=broker.token(subject="somebody")).status == 200


def test_expired_tokens_and_requests_without_one_lock_nobody(make_broker):
    broker = make_broker(change=lambda config: config.update(
        limits={"failed_logins": 2, "failed_logins_per_address": 2})).start()
    now = int(time.time())
    for n in range(4):
        assert broker.get("/v1/orders", token=broker.forge(iat=now - 7200 - n, exp=now - 3600)).status == 401
        assert broker.get("/v1/orders").status == 401
    assert broker.get("/v1/orders", token=broker.token()).status == 200


def test_refusals_of_one_client_are_answered_later_and_later(broker, tmp_path):
    """Not a figure but an order: the tenth refusal in a row takes longer than the first three did."""
    taken = []
    for token in forged(broker, tmp_path, 8):
        start = time.monotonic()
        assert broker.get("/v1/orders", token=token).status == 401
        taken.append(time.monotonic() - start)
    assert taken[7] > max(taken[:3]) and taken[7] > 1.0, taken
    start = time.monotonic()
    assert broker.get("/v1/orders", token=broker.token(subject="agent-8")).status == 200
    assert time.monotonic() - start < taken[7], "somebody else waits, too"
