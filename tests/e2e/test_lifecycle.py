"""Identities over time: shut out and let in, locked and unlocked, and what their live sessions do."""

import json
import os
import subprocess
import time

import pytest

from support import pki
from support.access import Stream, act, ends, events, principal, until_ended
from support.broker import POLICY, run
from support.client import Connection, request
from support.faults import Faults
from support.process import wait_until

# The promise itself: whoever is shut out loses live sessions within one second.
AT_ONCE = 1.0


def test_disabling_cuts_running_answers_at_once_and_enabling_lets_in_again(broker):
    token, other = broker.token(), broker.token(subject="agent-8")
    acting = broker.token(subject="robot", actor="agent-7")
    streams = [Stream(broker, token), Stream(broker, token, "/orders/slow?seconds=60"),
               Stream(broker, acting)]
    bystander = Stream(broker, other)
    said = act(broker, "disable", "agent-7", "--reason", "runaway loop")
    returned = time.monotonic()
    assert "ended: 3" in said, said
    for stream in streams:
        stream.assert_cut_within(AT_ONCE, returned)
    assert bystander.ended is None
    bystander.close()
    for refused in (token, broker.token(), acting):
        response = broker.get("/v1/orders", token=refused)
        assert response.status == 401 and "disabled" not in response.text
    assert broker.get("/v1/orders", token=other).status == 200
    until_ended(broker, "agent-7", "disabled")
    reasons = {row["reason"] for row in broker.store.query("SELECT reason FROM logins WHERE reason <> ''")}
    assert reasons == {"the identity is disabled", "its actor agent-7 is disabled"}
    row = principal(broker)
    assert (row["state"], row["disabled_by"], row["disabled_reason"]) == (
        "disabled", "operator", "runaway loop")
    act(broker, "enable", "agent-7", "--reason", "mended")
    assert broker.get("/v1/orders", token=token).status == 200
    assert principal(broker)["state"] == "active"
    changes = broker.store.query("SELECT subject, after FROM changes WHERE kind = 'access'")
    assert [tuple(row.values()) for row in changes] == [
        ("operator", "agent-7: disabled, runaway loop"), ("operator", "agent-7: enabled, mended")]
    assert broker.verify().returncode == 0


def test_an_issuers_identity_can_be_disabled_by_itself(broker, world):
    act(broker, "disable", "agent-7", "--issuer", "corp")
    assert broker.get("/v1/orders", token=world.corp_token(sub="agent-7")).status == 401
    assert broker.get("/v1/orders", token=broker.token(subject="agent-7")).status == 200
    wrong = broker.cli("access", "disable", "agent-7", "--issuer", "crop")
    assert wrong.returncode == 1 and "crop" in wrong.stderr
    wider = broker.cli("access", "enable", "agent-7", "--issuer", "dev")
    assert wider.returncode == 1 and "without an issuer" in wider.stderr
    never = broker.cli("access", "enable", "nobody")
    assert never.returncode == 1 and "not disabled" in never.stderr
    act(broker, "enable", "agent-7")
    assert broker.get("/v1/orders", token=world.corp_token(sub="agent-7")).status == 200


def test_a_restart_keeps_who_is_disabled_and_orders_are_taken_without_a_broker(broker):
    token, other = broker.token(), broker.token(subject="agent-8")
    act(broker, "disable", "agent-7")
    assert broker.stop() == 0
    act(broker, "disable", "agent-8", "--reason", "while down")
    needs_broker = broker.cli("access", "unlock", "agent-7")
    assert needs_broker.returncode != 0 and needs_broker.stderr
    broker.start()
    assert [broker.get("/v1/orders", token=one).status for one in (token, other)] == [401, 401]
    assert broker.stop() == 0
    act(broker, "enable", "agent-7")
    broker.start()
    assert [broker.get("/v1/orders", token=one).status for one in (token, other)] == [200, 401]
    assert broker.verify().returncode == 0


def test_after_a_crash_the_order_holds(broker):
    token = broker.token()
    act(broker, "disable", "agent-7")
    broker.child.kill()
    broker.start()
    assert broker.get("/v1/orders", token=token).status == 401


def test_disabling_works_while_the_store_cannot_write_and_is_recorded_later(make_broker, tmp_path):
    broker = make_broker()
    faults = Faults("disk", tmp_path / "shims", watched=broker.directory / "data")
    broker.start(env=faults.env)
    token, other = broker.token(), broker.token(subject="agent-8")
    assert [broker.get("/v1/orders", token=one).status for one in (token, other)] == [200, 200]
    faults.fail("write", "ENOSPC")
    wait_until(lambda: broker.get("/v1/orders", token=other).status == 503, 20, "the refusal")
    done = broker.cli_json("access", "disable", "agent-7")
    assert done["recorded"] is False and done["sessions_ended"] == 1
    assert broker.get("/v1/orders", token=token).status == 401
    refused = broker.cli("access", "enable", "agent-7")
    assert refused.returncode == 1, refused.stdout
    assert broker.get("/v1/orders", token=token).status == 401
    faults.heal()
    wait_until(lambda: broker.get("/v1/orders", token=other).status == 200, 20, "recovery")
    wait_until(lambda: events(broker, "access.disabled"), 10, "the record")
    assert events(broker, "access.disabled")[0]["subject"] == "agent-7"
    broker.child.kill()
    broker.start()
    assert broker.get("/v1/orders", token=token).status == 401
    assert broker.verify().returncode == 0


def test_disabling_works_on_a_full_disk(make_broker, small_disk):
    broker = make_broker()
    small_disk("40m", broker.directory / "data")
    broker.start()
    token = broker.token()
    stream = Stream(broker, token)
    with open(broker.directory / "data/filler", "wb", buffering=0) as out:
        try:
            while True:
                out.write(bytes(65536))
        except OSError:
            pass
    act(broker, "disable", "agent-7")
    stream.assert_cut_within(AT_ONCE, time.monotonic())
    assert broker.get("/v1/orders", token=token).status == 401
    (broker.directory / "data/filler").unlink()
    wait_until(lambda: events(broker, "access.disabled"), 20, "the record")


def without(config, what, name):
    config[what] = [one for one in config[what] if one["name"] != name]


@pytest.mark.parametrize("reason", ["issuer_removed", "target_removed", "role_removed", "key_withdrawn"])
def test_what_a_session_rests_on_is_taken_away_by_a_reload(broker, world, tmp_path, reason):
    keys = tmp_path / "corp.json"
    keys.write_bytes(world.corp_jwks.read_bytes())
    broker.changed(lambda config: config["identity"]["issuers"][1].update(jwks=str(keys)))
    broker.reload()
    wait_until(lambda: "reloaded" in broker.log(), 10, "the reload")
    stream = Stream(broker, world.corp_token(sub="leaver", groups=["leavers", "agents"]))
    kept = Stream(broker, broker.token(subject="stayer"), "/orders/slow?seconds=60")
    if reason == "issuer_removed":
        broker.changed(lambda config: without(config["identity"], "issuers", "corp"))
        broker.changed(lambda config: config["admin"].update(
            users=[user for user in config["admin"]["users"] if user.get("issuer") != "corp"]))
    elif reason == "target_removed":
        broker.changed(lambda config: without(config, "targets", "direct"))
    elif reason == "role_removed":
        role = {**POLICY["roles"][0], "groups": [], "subjects": ["stayer"]}
        del role["groups"]
        broker.write_policy({**POLICY, "roles": [role]})
    else:
        fresh = pki.make_key(tmp_path / "fresh.pem")
        keys.write_text(json.dumps({"keys": [pki.jwk(fresh, "corp-2")]}))
    before = broker.log().count("reloaded")
    broker.reload()
    wait_until(lambda: broker.log().count("reloaded") > before, 10, "the reload")
    stream.assert_cut_within(AT_ONCE, time.monotonic())
    until_ended(broker, "leaver", reason)
    assert kept.ended is None
    kept.close()
    assert broker.verify().returncode == 0


def short_token(broker, seconds, **claims):
    """A token that is refused after so many seconds: its expiry and the leeway of a minute."""
    now = int(time.time())
    return broker.forge(iat=now - 600, exp=now + seconds - 60, **claims)


def test_fault_30_a_token_that_expires_ends_what_is_in_flight(broker):
    stream = Stream(broker, short_token(broker, 4))
    start = time.monotonic()
    stream.assert_cut_within(4 + AT_ONCE, start)
    until_ended(broker, "agent-7", "expired")


def test_fault_30_or_lets_it_finish_on_the_record(make_broker):
    broker = make_broker(change=lambda config: config["identity"].update(when_token_ends="finish")).start()
    token = short_token(broker, 4)
    with Connection(broker.port, timeout=30) as connection:
        connection.send(request("GET", "/direct/slow?seconds=8", token))
        connection.head()
        connection.content_until(b"line 0\n")
        wait_until(lambda: broker.get("/v1/orders", token=token).status == 401, 10, "the expiry")
        connection._take_until(b"\r\n0\r\n\r\n")  # all of it came
    until_ended(broker, "agent-7", "expired")
    outlived = events(broker, "session.outlived_token")
    assert [(one["subject"], one["target"], one["reason"]) for one in outlived] == [
        ("agent-7", "direct", "expired")]
    assert broker.verify().returncode == 0


def test_the_roster_says_who_has_access_and_from_where(broker):
    token = broker.token(groups=["night", "agents"])
    assert broker.get("/v1/orders", token=token).status == 200
    assert broker.get("/v1/orders/7", "-X", "DELETE", token=token).status == 403
    row = principal(broker)
    assert (row["issuer"], row["state"], row["sessions"], row["denied"]) == ("dev", "active", 1, 1)
    assert row["groups"] == ["night", "agents"] and row["roles"] == ["tester"]
    assert row["targets"] == ["orders"] and row["first_seen"] <= row["last_seen"]
    shown = broker.cli_json("access", "show", "agent-7")
    assert [(g["target"], g["role"], g["via"]) for g in shown["grants"]] == [
        ("orders", "tester", "group agents")]
    text = broker.cli("access", "show", "agent-7").stdout
    assert "group agents" in text and "tester" in text
    assert broker.cli_json("access", "list", "--inactive", "90d") == []
    assert [one["subject"] for one in broker.cli_json("access", "list", "--inactive", "0s")] == ["agent-7"]
    wrong = broker.cli("access", "list", "--inactive", "soon")
    assert wrong.returncode == 2 and "soon" in wrong.stderr
    assert broker.cli("access", "show", "nobody").returncode == 1
    resolved = events(broker, "authz.resolved")
    assert resolved and resolved[0]["role:tester"] == "group agents"


def test_the_admin_address_gives_the_same_lists(broker):
    assert broker.get("/v1/orders", token=broker.token()).status == 200
    auditor = broker.token(subject="audrey", groups=[])
    listed = broker.admin("/v1/principals?subject=agent-*", token=auditor)
    assert listed.status == 200 and listed.json() == broker.cli_json("access", "list", "--subject", "agent-*")
    grants = broker.admin("/v1/grants?subject=agent-7", token=auditor).json()
    assert [one["via"] for one in grants] == ["group agents"]
    act(broker, "disable", "agent-7")
    state = broker.admin("/v1/access", token=auditor).json()
    assert [one["subject"] for one in state["disabled"]] == ["agent-7"] and state["locks"] == []
    body = json.dumps({"subject": "agent-8"}).encode()
    refused = broker.admin("/v1/access/disable", "-H", "Content-Type: application/json", token=auditor, data=body)
    assert refused.status == 403
    assert broker.get("/v1/orders", token=broker.token(subject="agent-8")).status == 200


def test_sessions_end_by_their_targets_own_limits(make_broker):
    broker = make_broker(change=lambda config: config["targets"][1].update(limits={"session": "2s"})).start()
    token = broker.token()
    assert broker.get("/v1/orders", token=token).status == 200
    stream = Stream(broker, token)
    stream.assert_cut_within(2 + AT_ONCE, time.monotonic())
    wait_until(lambda: "max_age" in ends(broker, "agent-7"), 10, "the end")
    assert broker.store.value("SELECT end_reason FROM sessions WHERE target = 'orders'") is None


def test_a_reload_with_a_shorter_limit_holds_for_live_sessions(broker):
    stream = Stream(broker, broker.token())
    broker.changed(lambda config: config.update(limits={"session": "1s", "idle": "1s"}))
    broker.reload()
    wait_until(lambda: "reloaded" in broker.log(), 10, "the reload")
    stream.assert_cut_within(1 + AT_ONCE, time.monotonic())
    until_ended(broker, "agent-7", "max_age")


def test_the_cap_of_sessions_per_subject_is_recorded_when_it_refuses(make_broker):
    broker = make_broker(change=lambda config: config.update(limits={"sessions_per_subject": 1})).start()
    token = broker.token()
    assert broker.get("/v1/orders", token=token).status == 200
    assert broker.get("/v1/orders", target="direct", token=token).status in (403, 429, 503)
    refused = events(broker, "session.refused")
    assert [(one["subject"], one["target"]) for one in refused] == [("agent-7", "direct")]
    assert "sessions_per_subject" in refused[0]["reason"]


@pytest.mark.parametrize("change, complaint", [
    (lambda config: config.update(limits={"failed_logins": -1}), "must be a whole number from 0"),
    (lambda config: config.update(limits={"login_lock": "0s"}), "login_lock"),
    (lambda config: config.update(limits={"failed_login_window": "100ms"}), "failed_login_window"),
    (lambda config: config["identity"].update(when_token_ends="maybe"), "when_token_ends"),
    (lambda config: config["targets"][0].update(limits={"idle": "0s"}), "idle"),
    (lambda config: config["targets"][0].update(limits={"sesion": "1h"}), "sesion"),
])
def test_bad_limits_are_problems_with_their_place(make_broker, change, complaint):
    broker = make_broker(change=change)
    done = run("check", "--config", broker.config_path)
    assert done.returncode == 2 and complaint in done.stdout + done.stderr, done.stderr
    assert "broker.yaml:" in done.stdout + done.stderr


def test_a_store_that_cannot_say_who_is_disabled_lets_nobody_in(broker):
    act(broker, "disable", "agent-7")
    assert broker.stop() == 0
    subprocess.run(["sqlite3", str(broker.store.path), "DROP TABLE derived_access"], check=True)
    done = broker.cli("serve", timeout=30)
    assert done.returncode != 0 and "audit.db" in done.stderr, done.stderr
    assert os.path.exists(broker.store.path)
