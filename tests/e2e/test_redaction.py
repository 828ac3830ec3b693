"""What is kept of personal data: nothing of it in any file of the store, whatever was decided, and the
same token wherever the same person is meant."""

import json
import re
import sqlite3

import pytest

from support.process import wait_until

MAIL, SSN, CARD = "bob.example@example.com", "536-22-8726", "4111 1111 1111 1111"
SECRETS = (MAIL, "bob.example%40example.com", SSN, CARD, CARD.replace(" ", ""), "4111+1111", "4111%201111")
QUERY = "mail=bob.example%40example.com&ssn=536-22-8726&card=4111+1111+1111+1111"
JSON = json.dumps({"mail": MAIL, "ssn": SSN, "card": CARD, "number": 4111111111111111})


def ways(broker, token):
    """Each way to send all three, by name, with what it is answered when it is allowed."""
    yield "query", broker.get("/v1/orders?" + QUERY, token=token)
    yield "path", broker.get(f"/v1/orders/{MAIL}", token=token)
    yield "encoded path", broker.get("/v1/orders/bob.example%40example.com", token=token)
    yield "header", broker.get("/v1/orders", "-H", f"X-Customer: {MAIL} {SSN} {CARD}", token=token)
    yield "json", broker.get("/v1/orders", "-H", "Content-Type: application/json", "-d", JSON, token=token)
    yield "form", broker.get("/v1/orders", "-d", QUERY, token=token)
    yield "text", broker.get("/v1/orders", "-H", "Content-Type: text/plain", "-d",
                             f"{MAIL} {SSN} {CARD}", token=token)
    yield "refused target", broker.get("/", target=MAIL, token=token)


def everything_shown(broker):
    """What every way to read the store says."""
    with sqlite3.connect(broker.store.path) as database:
        views = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]
        shown = [repr(database.execute(f'SELECT * FROM "{view}"').fetchall()) for view in views]
        shown += [repr(database.execute("SELECT CAST(bytes AS TEXT) FROM leaf").fetchall())]
    for session in broker.sessions():
        for form in ("text", "jsonl", "har"):
            done = broker.cli("replay", session["id"], "--format", form)
            assert done.returncode == 0, done.stderr
            shown.append(done.stdout)
    for command in (("sessions", "list"), ("audit", "search", "v1"), ("audit", "export")):
        shown.append(broker.cli(*command).stdout)
    return "\n".join(shown)


def assert_nothing_kept(broker):
    shown = everything_shown(broker) + broker.log()
    for secret in SECRETS:
        assert secret not in shown
        assert not broker.store.contains(secret)


@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_personal_data_is_kept_nowhere_whatever_was_decided(make_broker, effect):
    broker = make_broker(policy={
        "version": 1,
        "roles": [{"name": "tester", "groups": ["agents"], "targets": ["*"], "rules": ["all"]}],
        "rules": [{"id": "all", "when": {"action": ["read", "write"]}, "effect": effect}]}).start()
    answered = {name: response.status for name, response in ways(broker, broker.token())}
    broker.settle()
    assert_nothing_kept(broker)
    decided = [row["decision"] for row in broker.commands()]
    assert decided == [effect] * 7, answered
    assert "email_" in everything_shown(broker)
    assert broker.verify().returncode == 0


def test_the_same_person_is_the_same_token_in_every_command(make_broker):
    broker = make_broker().start()
    token = broker.token()
    broker.get("/v1/orders?mail=bob.example%40example.com", token=token)
    broker.get("/v1/orders/" + MAIL.replace("bob", "Bob"), token=token)
    broker.get("/v1/orders?mail=eve@example.com", token=token)
    broker.settle()
    texts = [row["text"] for row in broker.commands()]
    first, second, other = (re.search(r"email_[a-z2-7]{16}", text).group() for text in texts)
    assert first == second != other
    found = broker.cli("audit", "search", first, "--json")
    assert found.returncode == 0 and found.stdout.count(first) >= 2
    broker.stop()
    broker.start()
    broker.get("/v1/orders?mail=" + MAIL, token=token)
    broker.settle()
    assert first in broker.commands()[-1]["text"]


def test_a_reload_changes_what_is_redacted_and_nothing_is_warned_of(make_broker):
    def redact(**how):
        return lambda config: config.update(audit={"redact": how})

    broker = make_broker(change=redact(detect=["ssn"], **{"with": "redact"},
                                       patterns={"badge": "B-[0-9]{6}"})).start()
    token = broker.token()
    broker.get(f"/v1/orders?ssn={SSN}&badge=B-123456&mail={MAIL}", token=token)
    assert broker.commands()[-1]["text"] == f"GET /v1/orders?ssn=****&badge=****&mail={MAIL}"
    broker.changed(redact(detect=[]))
    assert "kept as they are" in broker.cli("check").stderr
    loaded = len(broker.store.query("SELECT * FROM changes WHERE kind = 'config'"))
    broker.reload()
    wait_until(lambda: len(broker.store.query("SELECT * FROM changes WHERE kind = 'config'")) > loaded, 10,
               "the reload")
    broker.get(f"/v1/orders?ssn={SSN}", token=token)
    assert broker.commands()[-1]["text"].endswith(SSN)


@pytest.mark.parametrize("redact, message", [
    ({"detect": ["cards"]}, "did you mean \"card\"?"),
    ({"detect": "all", "with": "rot13"}, "must be one of hash, partial, redact"),
    ({"detect": {"card": True}}, "\"detect\" must be all"),
    ({"patterns": {"badge": "("}}, "badge"),
    ({"patterns": ["x"]}, "\"patterns\" must be a map"),
    ({"detekt": "all"}, "unknown key \"detekt\""),
])
def test_what_cannot_be_redacted_by_is_a_problem_with_its_place(make_broker, redact, message):
    broker = make_broker(change=lambda config: config.update(audit={"redact": redact}))
    done = broker.cli("check")
    assert done.returncode == 2
    assert re.search(r"broker\.yaml:\d+:\d+: ", done.stderr) and message in done.stderr


def test_the_log_says_who_and_not_what(make_broker):
    broker = make_broker().start()
    done = broker.cli("access", "disable", "eve@example.com", "--reason", f"asked by {MAIL}, {SSN}")
    assert done.returncode == 0, done.stderr
    assert_nothing_kept(broker)
    assert "eve@example.com" in everything_shown(broker)
