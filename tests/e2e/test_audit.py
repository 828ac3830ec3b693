"""The audit store from outside: its views, its proofs, its search."""

import json
import re
import sqlite3

import pytest

from support.broker import run
from support.client import curl
from support.process import wait_until
from support.store import Store

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")

VIEWS = {
    "sessions": "id started_at ended_at end_reason protocol target issuer subject actor groups roles "
                "client_address auth_method commands denied masked bytes_in bytes_out",
    "commands": "event session_id seq time subject actor target protocol action objects text decision "
                "rule reason approval_id status rows bytes_in bytes_out masked duration_ms",
    "approvals": "id session_id seq requested_at expires_at state digest decided_by decided_at reason",
    "logins": "time protocol client_address issuer subject outcome reason",
    "changes": "time kind subject before after",
}


def test_the_views_have_the_columns_that_reviewers_rely_on(broker):
    for view, columns in VIEWS.items():
        rows = broker.store.query(f"SELECT name FROM pragma_table_info('{view}')")
        assert [row["name"] for row in rows] == columns.split(), view


def test_the_views_say_what_happened(broker):
    token = broker.token(subject="agent-views", groups=["agents", "night"], actor="carol")
    session = broker.get("/v1/orders?x=1", token=token).header("Sallyport-Session")
    broker.get("/v1/orders/7", "-X", "DELETE", token=token)
    broker.get("/sink", token=token, data=b"x" * 1000)
    assert broker.stop() == 0
    row = broker.store.query(f"SELECT * FROM sessions WHERE id = '{session}'")[0]
    assert (row["subject"], row["actor"], row["issuer"], row["target"], row["protocol"]) == (
        "agent-views", "carol", "dev", "orders", "http")
    assert "night" in row["groups"] and "tester" in row["roles"]
    assert row["client_address"].startswith("127.0.0.1") and row["auth_method"] == "jwt"
    assert (row["commands"], row["denied"], row["masked"]) == (3, 1, 0)
    assert row["bytes_in"] >= 1000 and row["bytes_out"] > 0
    assert ISO.match(row["started_at"]) and ISO.match(row["ended_at"]) and row["end_reason"] == "shutdown"
    get, delete, post = broker.commands(f"session_id = '{session}'")
    assert [row["seq"] for row in (get, delete, post)] == [1, 2, 3]
    assert (get["text"], get["decision"], get["rule"], get["status"]) == (
        "GET /v1/orders?x=1", "allow", "reads", "200")
    assert "read" in get["action"] and "/v1/orders" in get["objects"] and ISO.match(get["time"])
    assert get["duration_ms"] is not None and get["bytes_out"] > 0
    assert (delete["decision"], delete["rule"]) == ("deny", "no-delete")
    assert post["bytes_in"] >= 1000


def test_logins_and_changes_are_events(broker, token):
    broker.get("/v1/orders", token=token)
    broker.get("/v1/orders", token="rubbish")
    wait_until(lambda: len({row["outcome"] for row in broker.store.query("SELECT * FROM logins")}) == 2,
               10, "both logins")
    broker.policy_path.write_text(broker.policy_path.read_text() + "\n# a comment\n")
    broker.reload()
    wait_until(lambda: broker.store.query("SELECT * FROM changes WHERE kind LIKE '%policy%'"), 10,
               "the change of policy")


def test_verify_passes_also_while_the_broker_runs(broker, token):
    for _ in range(10):
        broker.get("/v1/orders", token=token)
    done = broker.verify()
    assert done.returncode == 0, done.stderr
    assert broker.cli_json("audit", "verify")


def event_of(broker, token):
    for _ in range(3):
        broker.get("/v1/orders", token=token)
    return broker.get("/v1/orders/7", "-X", "DELETE", token=token).json()["event"]


def test_one_changed_byte_of_a_stored_event_is_found_and_named(broker, token, tmp_path):
    event = event_of(broker, token)
    copy = tmp_path / "copy.db"
    assert broker.cli("audit", "snapshot", "--out", copy).returncode == 0
    assert run("audit", "verify", "--store", f"sqlite:{copy}").returncode == 0
    Store(copy).flip_byte(event)
    done = run("audit", "verify", "--store", f"sqlite:{copy}")
    assert done.returncode == 1
    assert re.search(rf"\bevent {event}\b", done.stdout + done.stderr), done.stdout + done.stderr
    assert broker.verify().returncode == 0


TAMPERINGS = {
    "an altered decision": "UPDATE derived_command SET decision = 'allow' WHERE decision = 'deny'",
    "an altered text": "UPDATE derived_command SET text = 'GET /nothing' WHERE decision = 'deny'",
    "an altered status": "UPDATE derived_command SET status = '404' WHERE status = '200'",
    "an altered subject": "UPDATE derived_session SET subject = 'somebody-else'",
    "a hidden command": "DELETE FROM derived_command WHERE decision = 'deny'",
    "an invented command": "INSERT INTO derived_command SELECT event + 100000, session, seq + 1000, time_us, "
                           "action, objects, text, 'allow', rule, reason, approval_id, outcome, status, rows, "
                           "bytes_in, bytes_out, masked, duration_us FROM derived_command LIMIT 1",
    "a hidden session": "DELETE FROM derived_session",
    "a deleted event": "DROP TRIGGER leaf_no_delete; DELETE FROM leaf WHERE n = {event}",
    "a cut in the middle": "DROP TRIGGER leaf_no_delete; DELETE FROM leaf WHERE n BETWEEN 2 AND {event}",
    "two events swapped": "DROP TRIGGER leaf_no_update; UPDATE leaf SET n = -1 WHERE n = 2; "
                          "UPDATE leaf SET n = 2 WHERE n = 3; UPDATE leaf SET n = 3 WHERE n = -1",
    "an event rewritten whole": "DROP TRIGGER leaf_no_update; UPDATE leaf SET bytes = "
                                "CAST(replace(CAST(bytes AS TEXT), 'no-delete', 'no-deletf') AS BLOB) "
                                "WHERE n = {event}",
    "an altered command payload": "UPDATE payload SET blob = zeroblob(length(blob))",
    "a deleted command payload": "DELETE FROM payload",
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_with_the_database_is_found(broker, token, name):
    event = event_of(broker, token)
    assert broker.stop() == 0
    assert broker.verify().returncode == 0
    with sqlite3.connect(broker.store.path) as database:
        before = database.total_changes
        database.executescript(TAMPERINGS[name].format(event=event))
        assert database.total_changes > before
    database.close()
    done = broker.verify()
    assert done.returncode == 1, name
    assert done.stderr.startswith("sallyport: audit verify: "), done.stderr


@pytest.mark.parametrize("change", ["DELETE FROM payload",
                                    "UPDATE payload SET blob = zeroblob(length(blob))"])
def test_a_body_that_was_removed_or_altered_is_found(broker, token, change):
    broker.get("/sink", token=token, data=b"a body that is kept")
    assert broker.stop() == 0
    assert broker.verify().returncode == 0
    months = list(broker.store.directory.glob("audit-payload-*.db"))
    assert len(months) == 1
    with sqlite3.connect(months[0]) as database:
        assert database.execute(change).rowcount
    database.close()
    assert broker.verify().returncode == 1


def test_payloads_are_not_readable_in_the_files(broker, token):
    broker.get("/sink?q=needle-in-query", token=token, data=b"needle-in-the-body-4711")
    assert broker.stop() == 0
    assert broker.store.contains("needle-in-the-body-4711") == []


def test_search_finds_commands_by_text_and_subject(broker):
    token = broker.token(subject="agent-search")
    broker.get("/v1/orders?find=me", token=token)
    broker.get("/v1/orders/7", "-X", "DELETE", token=token)
    found = broker.cli("audit", "search", "find=me").stdout
    assert "GET /v1/orders?find=me" in found and "DELETE" not in found
    assert broker.cli("audit", "search", "nothing-like-this").stdout.count("GET /v1") == 0


def test_a_snapshot_of_a_live_store_is_a_store(broker, token, tmp_path):
    session = broker.get("/v1/orders", token=token).header("Sallyport-Session")
    path = tmp_path / "snapshot" / "copy.db"
    path.parent.mkdir()
    done = broker.settle().cli("audit", "snapshot", "--out", path)
    assert done.returncode == 0, done.stderr
    assert run("audit", "verify", "--store", f"sqlite:{path}").returncode == 0
    assert Store(path).query("SELECT event FROM commands")
    key = ["--key-file", broker.directory / "keys/secrets.key"]
    assert "anvil" in run("replay", session, "--store", f"sqlite:{path}", *key).stdout
    assert broker.cli("audit", "snapshot", "--out", path).returncode != 0


def test_the_session_limit_of_payload_bytes_is_kept_and_said(make_broker):
    broker = make_broker(change=lambda config: config.update(
        audit={"session_payload_limit": "256KiB", "record_payloads": "full"})).start()
    token = broker.token()
    response = broker.get("/big?bytes=3000000", token=token)
    assert (response.status, len(response.body)) == (200, 3_000_000)
    session = response.header("Sallyport-Session")
    assert broker.stop() == 0
    truncated = [leaf for leaf in broker.store.leaves() if "truncated" in leaf["kind"]]
    assert truncated and truncated[0]["session"] == session
    assert sum(path.stat().st_size for path in broker.store.files() if "wal" not in path.name) < 40 << 20
    assert broker.verify().returncode == 0


def test_only_heads_are_kept_where_the_target_says_so(make_broker):
    broker = make_broker(change=lambda config: config["targets"][0].update(
        audit={"record_payloads": "head"})).start()
    session = broker.get("/v1/orders", token=broker.token()).header("Sallyport-Session")
    broker.settle()
    text = broker.cli("replay", session, "--format", "jsonl").stdout
    assert "/v1/orders" in text and "anvil" not in text
    har = json.loads(broker.cli("replay", session, "--format", "har").stdout)
    assert har["log"]["entries"][0]["response"]["status"] == 200


def test_overlapped_durability_records_the_same(make_broker, world):
    broker = make_broker(change=lambda config: config["targets"][0].update(
        audit={"durability": "overlapped"})).start()
    token = broker.token()
    for n in range(20):
        assert curl(broker.url(f"/fast?n=ov{n}"), token=token).status == 200
    broker.child.kill()
    broker.start()
    assert len(broker.commands("text LIKE '%n=ov%'")) == 20
    assert broker.verify().returncode == 0
