"""The target's own catalog: read by the broker, used for judging, kept up to date; and a target that does not tell."""

import json
import time

import pytest

from support.pg_steps import Steps
from support.postgres import target
from support.process import wait_until
from support.psql import psql

EVERYTHING = ["read", "write", "delete", "define", "administer", "execute", "transfer"]


def policy(*denied, allow=None):
    rules = [{"id": "all", "when": allow or {"action": EVERYTHING}, "effect": "allow"}]
    rules += [{"id": f"no-{i}", "when": when, "effect": "deny", "reason": "No."} for i, when in enumerate(denied)]
    return {"version": 1, "rules": rules,
            "roles": [{"name": "tester", "groups": ["agents"], "targets": ["*"], "rules": [r["id"] for r in rules]}]}


@pytest.fixture
def database(world):
    server = world.postgres
    server.sql("postgres", "CREATE DATABASE live OWNER app")
    server.sql("live", """SET ROLE app;
        CREATE TABLE people (id int, name text, secret text);
        INSERT INTO people VALUES (1, 'Ada', 'hidden-1');
        CREATE VIEW contacts AS SELECT id, secret AS note FROM people;
        CREATE SCHEMA other; CREATE TABLE other.people (id int, name text, secret text);
        CREATE FUNCTION other.total(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
        CREATE FUNCTION other.wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM public.people; SELECT 1'""")
    yield server
    server.sql("postgres", "DROP DATABASE live WITH (FORCE)")


@pytest.fixture
def make_live(make_pg, world, database):
    def make(rules, **more):
        def change(config):
            config["targets"].append(target(world, "live", **{"database": "live", **more}))
        broker = make_pg(change, policy=rules)
        broker.pg_token = broker.token()
        return broker
    return make


def ask(broker, text, *arguments):
    return psql(broker, broker.pg_token, text, *arguments, PGDATABASE="live")


def readings(broker):
    return [dict(leaf["fields"]) for leaf in broker.settle().store.leaves("catalog.read")]


NO_SECRET = {"sql.reads": "public.people.secret"}


def test_names_mean_what_they_mean_at_the_target(make_live):
    broker = make_live(policy(NO_SECRET))
    for text in ("SELECT note FROM contacts;", "SELECT * FROM contacts;", "TABLE people;", "SELECT p FROM people p;",
                 "SELECT secret(p) FROM people p;", "SELECT p.to_jsonb FROM people p;"):
        assert "42501" in ask(broker, text).stderr, text
    for text in ("SELECT id FROM contacts;", "SELECT * FROM other.people;", "SELECT count(*) FROM people;"):
        done = ask(broker, text)
        assert done.returncode == 0 and not done.stderr, (text, done.stderr)
    told = readings(broker)
    assert [one["result"] for one in told] == ["read"]  # once for all of these sessions
    assert (told[0]["target"], told[0]["database"], told[0]["tables"], told[0]["functions"]) == ("live", "live", "3", "2")
    assert 'sallyport_catalog_reads_total{result="read"} 1' in broker.admin("/metrics").text


def test_what_is_defined_through_the_broker_counts_for_every_session(make_live):
    broker = make_live(policy(NO_SECRET))
    with Steps(broker, "live") as other:
        other.ask("SELECT id FROM people")
        assert ask(broker, "ALTER TABLE people RENAME TO folk; ALTER TABLE other.people SET SCHEMA public;"
                           "ALTER TABLE folk RENAME COLUMN secret TO open;").returncode == 0
        # folk.open is what was people.secret, which is not named any more; what is people now has one.
        other.ask("SELECT open FROM folk")
        assert other.tags == ["SELECT 1", "SELECT 1"], other.errors
        other.ask("SELECT * FROM people")
        assert other.errors[-1]["C"] == "42501"


def test_what_has_moved_in_a_transaction_is_not_read_before_its_end(make_live):
    broker = make_live(policy(NO_SECRET))
    with Steps(broker, "live") as wire:
        for text in ("ALTER TABLE people RENAME TO folk; SELECT secret FROM folk",
                     "BEGIN; ALTER TABLE people RENAME TO folk"):
            wire.ask(text)
        assert [error["C"] for error in wire.errors] == ["42501"]
        wire.ask("SELECT secret FROM folk")
        assert len(wire.errors) == 2 and json.loads(wire.errors[1]["D"])["code"] == "denied"
        wire.ask("ROLLBACK")
        wire.ask("SELECT id FROM people")
        assert wire.tags[-2:] == ["ROLLBACK", "SELECT 1"]


def test_bare_names_are_found_where_the_role_s_sessions_find_them(make_live, database):
    database.sql("live", "ALTER ROLE app IN DATABASE live SET search_path = other, public")
    broker = make_live(policy(NO_SECRET))
    assert ask(broker, "SELECT secret FROM people;").stderr == ""
    assert "42501" in ask(broker, "SELECT secret FROM public.people;").stderr
    assert "42501" in ask(broker, "SET search_path = public; SELECT secret FROM people;").stderr


def test_a_target_that_does_not_tell_is_worked_with_all_the_same(make_live, database):
    database.sql("live", "REVOKE SELECT ON pg_catalog.pg_proc FROM PUBLIC")
    broker = make_live(policy(NO_SECRET))
    assert ask(broker, "SELECT id FROM people;").stdout == "1\n"
    assert "42501" in ask(broker, "SELECT secret FROM people;").stderr
    assert [one["result"] for one in readings(broker)] == ["the server refuses: 42501"]
    assert "names are taken as they stand" in broker.log()
    assert 'sallyport_catalog_reads_total{result="failed"} 1' in broker.admin("/metrics").text


def test_a_catalog_that_is_slow_keeps_nobody_out(make_live, database):
    broker = make_live(policy(NO_SECRET))
    with Holding(database):
        begun = time.monotonic()
        assert ask(broker, "SELECT id FROM people;").stdout == "1\n"
        assert time.monotonic() - begun < 20  # psql's own patience is 10 s for the login
    wait_until(lambda: readings(broker), 20, "the catalog")


class Holding:
    """Nobody reads who inherits from whom."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        self.child = self.server.session("live", "BEGIN; LOCK pg_catalog.pg_inherits IN ACCESS EXCLUSIVE MODE;\n")

    def __exit__(self, *_):
        self.child.stdin.close()
        self.child.wait(10)


def test_functions_of_a_target_can_be_named_harmless(make_live):
    broker = make_live(policy(allow={"action": "read"}), functions={"read": ["other.total"]})
    assert ask(broker, "SELECT other.total(7);").stdout == "7\n"
    assert ask(broker, "SET search_path = other;").returncode == 0
    assert "42501" in ask(broker, "SELECT other.wipe();").stderr


def test_a_function_is_called_by_its_number_where_a_rule_names_it(make_live, database):
    number = {name: int(database.sql("live", f"SELECT 'other.{name}'::regproc::oid")) for name in ("total", "wipe")}
    named = {"any": [{"action": "read"}, {"sql.function": "other.total", "action": ["execute", "unknown"]}]}
    broker = make_live(policy(allow=named))
    with Steps(broker, "live") as wire:
        wire.step({"fncall": [number["total"], ["7"]]})
        assert not wire.errors
        for unnamed in (number["wipe"], 4_000_000_000):
            wire.step({"fncall": [unnamed, ["7"]]})
        assert [error["C"] for error in wire.errors] == ["42501", "42501"]
    session = broker.settle().store.value("SELECT id FROM sessions")
    called = json.loads(broker.cli("replay", session, "--format", "jsonl").stdout.splitlines()[0])
    assert called["values"] == ["7"], called
    texts = [row["text"] for row in broker.settle().commands()]
    assert texts == ["function call other.total", "function call other.wipe", "function call 4000000000"]
    assert database.sql("live", "SELECT count(*) FROM people") == "1"


def test_large_objects_pass_as_libpq_reads_them(make_live, database, tmp_path):
    number = database.sql("live", "SET ROLE app; SELECT lo_from_bytea(0, 'what it holds')")
    calls = {"action": ["execute", "unknown"], "sql.statement": "function call",
             "sql.function": ["pg_catalog.loread", "pg_catalog.lo_*"]}
    copy = tmp_path / "copy"
    for allow, worked in (({"any": [{"action": "read"}, calls]}, True), ({"action": "read"}, False)):
        broker = make_live(policy(allow=allow))
        done = ask(broker, f"\\lo_export {number} {copy}\n")
        assert (copy.exists() and copy.read_text() == "what it holds") == worked, done.stderr
        copy.unlink(missing_ok=True)
        assert broker.stop() == 0
