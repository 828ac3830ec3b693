"""SQL policies end to end: real attacks against a real server, with its own catalog, through the broker."""

import json

import pytest

from support.broker import ROOT, VECTORS
from support.pg_steps import Steps
from support.postgres import target

FIXTURE = ROOT / "tests" / "data" / "postgres" / "schema.sql"
OWN = ROOT / "tests" / "data" / "postgres"
SHARED = VECTORS / "policy"
CANARY = b"900-55-1"  # every secret of the fixture begins with it
# What every attack wants to change, and what must not have changed after all of them.
STATE = ("SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM (SELECT c::text FROM customers c UNION ALL"
         " SELECT o::text FROM orders o UNION ALL SELECT a::text FROM audit_log a UNION ALL"
         " SELECT oid::text || relname FROM pg_class UNION ALL SELECT rolname FROM pg_roles) t")
# In-process tests judge the first; the second binds what SQL has prepared, which is refused on the wire.
NOT_SENT = {"session-16", "session-03"}


def cases(*files):
    out = []
    for file in files:
        if not file.exists():
            pytest.skip(f"{file} is not here")
        out += [json.loads(line) for line in file.read_text().splitlines()]
    return out


def steps_of(case):
    given = case["input"]
    steps = [{"query": given}] if isinstance(given, str) else given["steps"]
    steps = steps[:case.get("at", len(steps)) + 1]
    last = next(iter(steps[-1]))
    return steps + [{"sync": 1}] if last in ("parse", "bind", "describe", "execute", "close") else steps


def is_refusal(error):
    """Whether the broker, and not the server, has said it."""
    return error["C"] == "42501" and "D" in error and json.loads(error["D"])["code"] == "denied"


class Outcome:
    def __init__(self, errors, tags=(), heard=b"", refused=False):
        self.errors, self.tags, self.heard = errors, list(tags), heard
        self.refused = refused or any(map(is_refusal, errors))


def run(broker, case, database):
    """In a session of its own."""
    steps = steps_of(case)
    parameters = None
    if "startup" in steps[0]:
        parameters = {k: v for k, v in steps.pop(0)["startup"].items() if k not in ("user", "database")}
    try:
        wire = Steps(broker, database, parameters=parameters)
    except ConnectionError as told:
        assert "FATAL" in str(told)
        return Outcome([], refused=True)
    with wire:
        for step in steps:
            wire.step(step)
        return Outcome(wire.errors, wire.tags, wire.heard)


def in_session(wire, case):
    wire.forget()
    wire.ask(case["input"])
    return Outcome(wire.errors, wire.tags, wire.heard)


@pytest.fixture(scope="module")
def fixture(world):
    """A server with the fixture's database, of which others are copies; its owner is a superuser."""
    world.postgres.sql("postgres", "CREATE DATABASE fixture OWNER owner")
    world.postgres.sql("fixture", FIXTURE.read_text())
    yield world.postgres
    for name in world.postgres.sql("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'fixture%'").split():
        world.postgres.sql("postgres", f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def guarded(make_pg, world, fixture):
    """Makes a broker with an example policy and the fixture as its target."""
    def make(policy, **more):
        def change(config):
            config["targets"].append(target(world, "fixture", "owner", **{"database": "fixture", **more}))
        broker = make_pg(change, policy=(ROOT / "policy" / "examples" / f"{policy}.yaml").read_text())
        broker.pg_token = broker.token()
        return broker
    return make


def chosen(all_cases, policy, *expected):
    for case in all_cases:
        if case["id"] in NOT_SENT or case["expect"] not in expected:
            continue
        if case.get("policy", "pg-guard") == policy:
            yield case


@pytest.mark.parametrize("policy", ["pg-guard", "pg-readonly"])
@pytest.mark.parametrize("files", [("guard_cases.jsonl", "session_cases.jsonl"), ("sql_evasion.jsonl",)],
                         ids=["own", "shared"])
def test_no_attack_reaches_the_server(guarded, fixture, policy, files):
    folder = OWN if files[0] == "guard_cases.jsonl" else SHARED
    attacks = list(chosen(cases(*(folder / file for file in files)), policy, "deny", "parse_error"))
    assert attacks
    broker = guarded(policy)
    before = fixture.sql("fixture", STATE)
    passed = []
    # One session for all that are one query: each refusal leaves it as it was.
    with Steps(broker, "fixture") as wire:
        for case in attacks:
            if isinstance(case["input"], str):
                outcome = in_session(wire, case)
            else:
                outcome = run(broker, case, "fixture")
            if not outcome.refused or policy == "pg-guard" and CANARY in outcome.heard:
                passed.append((case["id"], case["input"], outcome.errors, outcome.tags))
        wire.ask("SELECT 1")
        assert wire.tags[-1:] == ["SELECT 1"]
    assert not passed
    assert fixture.sql("fixture", STATE) == before


@pytest.mark.parametrize("policy", ["pg-guard", "pg-readonly"])
def test_harmless_neighbours_run_as_they_do_without_a_broker(guarded, fixture, policy):
    broker = guarded(policy)
    for case in chosen(cases(SHARED / "sql_benign.jsonl"), policy, "allow"):
        # Of its own, because some change what others look at.
        database = "fixture_" + case["id"].replace("-", "_")
        fixture.sql("postgres", f"CREATE DATABASE {database} TEMPLATE fixture")
        outcome = run(broker, case, f"fixture/{database}")
        seen = ([error["C"] for error in outcome.errors], outcome.tags)
        assert seen == (case["direct"]["sqlstate"], case["direct"]["tags"]), case


def test_harmless_neighbours_of_our_own_attacks_pass(guarded, fixture):
    broker = guarded("pg-guard")
    fixture.sql("postgres", "CREATE DATABASE fixture_own TEMPLATE fixture")
    stopped = []
    with Steps(broker, "fixture/fixture_own") as wire:
        for case in chosen(cases(OWN / "guard_cases.jsonl", OWN / "session_cases.jsonl"), "pg-guard", "allow"):
            # What leaves nothing behind shares a session, for each costs the disk some writes.
            if isinstance(case["input"], str) and case["input"].startswith(("SELECT", "WITH", "EXPLAIN", "TABLE")):
                outcome = in_session(wire, case)
            else:
                outcome = run(broker, case, "fixture/fixture_own")
            if outcome.refused:
                stopped.append((case["id"], case["input"], outcome.errors))
    assert not stopped
