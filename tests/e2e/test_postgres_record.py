"""What the audit store keeps of PostgreSQL, and what is shown of it: by role, redacted, and as psql prints it."""

import json
import subprocess

import pytest

from support import postgres
from support.client import curl
from support.psql import psql

psycopg = pytest.importorskip("psycopg")

# Personal data as the detectors know it.
CARD, SSN, EMAIL = "4111 1111 1111 1111", "536-22-8145", "jane.roe@example.com"


def connect(broker, **how):
    return psycopg.connect(host="127.0.0.1", port=broker.pg_port, dbname="orders-db", user="x",
                           password=broker.pg_token, sslmode="require", autocommit=True, **how)


def session(broker):
    return broker.settle().store.value("SELECT id FROM sessions")


def replay(broker, form="text"):
    done = broker.cli("replay", session(broker), "--format", form)
    assert done.returncode == 0, done.stderr
    return done.stdout


def direct(world, text):
    """The same from the server itself, as psql prints it."""
    return subprocess.run(["psql", "-X", "-q", "-h", world.postgres.directory, "-p", str(world.postgres.port),
                           "-U", "postgres", "-d", "orders"], input=text, text=True, capture_output=True,
                          check=True, timeout=20)


SHOWN = [
    "SELECT id, name, NULL AS nothing, 1.5 AS number FROM customers WHERE id IN (7, 300) ORDER BY id;",
    "SELECT '日本語' AS wide, 'e\u0301' AS combined, 'ascii' AS plain UNION SELECT 'x', 'y', 'a longer one';",
    "SELECT 1 AS one WHERE false;",
    "SELECT 1 AS a; SELECT 'two' AS b;",
    "SHOW DateStyle;",
    "EXPLAIN (COSTS off) SELECT 1;",
    "INSERT INTO notes VALUES (1, 'x') RETURNING id, body; DELETE FROM notes RETURNING *;",
    "SELECT 1/0;",
    "DO $$ BEGIN RAISE NOTICE 'look % here', 7 USING DETAIL = 'more', HINT = 'less'; END $$;",
]


def test_a_replay_shows_what_psql_showed(pg, world):
    for text in SHOWN:
        psql(pg, pg.pg_token, text)
    pg.settle()
    sessions = pg.store.query("SELECT id FROM sessions ORDER BY started_at, id")
    for text, row in zip(SHOWN, sessions, strict=True):
        shown = pg.cli("replay", row["id"]).stdout
        told = direct(world, text)
        for block in (told.stdout + told.stderr).split("\n\n"):
            assert block.strip("\n") in shown, (block, shown)


def test_a_replay_shows_what_was_copied(pg):
    psql(pg, pg.pg_token, "CREATE TEMP TABLE c (a int, b text);\nCOPY c FROM STDIN;\n1\tone\n2\ttwo\n\\.\n"
                          "COPY c TO STDOUT;\n")
    shown = replay(pg)
    assert "\n> 1\\tone\n> 2\\ttwo\n" in shown and "\n< 1\\tone\n< 2\\ttwo\n" in shown
    lines = [json.loads(line) for line in replay(pg, "jsonl").splitlines()]
    # psql sends its own end mark, too.
    assert len(lines) == 3 and lines[1]["copy_in"] == lines[2]["copy_out"] + "\\.\n" == "1\tone\n2\ttwo\n\\.\n"


VALUES = [("int", "-7"), ("bigint", "9000000000"), ("real", "1.5"), ("double precision", "0.1"), ("numeric", "-12345.678"),
          ("bool", "t"), ("text", "quoted \"text\""), ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
          ("timestamp", "2026-02-03 04:05:06.789"), ("timestamptz", "2026-02-03 04:05:06+00"), ("date", "0044-03-15 BC"),
          ("bytea", "\\x00ff"), ("json", "{\"a\": 1}"), ("jsonb", "{\"a\": 1}"), ("int[]", "{1,NULL,3}"),
          ("text[]", "{\"a,b\",\"\",\"NULL\"}"), ("numeric[]", "{{1.50,2},{3,4}}"), ("time", "23:59:59.5")]


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_values_are_recorded_as_the_server_writes_them(pg, binary):
    """The server itself makes each value's binary form, and what is recorded is its text form."""
    with connect(pg, options="-c TimeZone=UTC") as connection:
        select = ", ".join(f"'{value}'::{kind}" for kind, value in VALUES)
        connection.cursor(binary=binary).execute("SELECT " + select)
    rows = json.loads(replay(pg, "jsonl").splitlines()[-1])
    assert rows["rows"] == [[value for _, value in VALUES]]
    assert [one["type"] for one in rows["columns"][0]][:2] == ["integer", "bigint"]


def test_bound_values_in_binary_are_recorded_as_text(pg):
    import datetime
    import decimal
    import uuid
    values = [(5, "int4", "5"), (decimal.Decimal("1.50"), "numeric", "1.50"), (True, "bool", "t"),
              (datetime.date(2026, 2, 3), "date", "2026-02-03"), ([1, None, 2], "int4[]", "{1,NULL,2}"),
              (uuid.UUID(int=1), "uuid", "00000000-0000-0000-0000-000000000001"), (b"\x01\x02", "bytea", "\\x0102")]
    with connect(pg) as connection:
        connection.execute("SELECT " + ", ".join(f"%b::{kind}" for _, kind, _ in values),
                           [value for value, _, _ in values])
    line = json.loads(replay(pg, "jsonl").splitlines()[-1])
    assert line["values"] == [text for _, _, text in values]


def test_personal_data_is_in_no_record_of_a_statement_its_values_or_its_results(pg, tmp_path):
    psql(pg, pg.pg_token, f"""
SELECT '{CARD}' AS card, 'a ' || '{SSN}' AS ssn;
SELECT '4111' || ' 1111 1111 1111' AS card, 'jane' || '.roe@' || 'example.com' AS email, 536 || '-22-' || 8145 AS ssn;
DO $$ BEGIN RAISE NOTICE 'call %', '{EMAIL}'; END $$;
SELECT '{EMAIL}'::int;
CREATE TEMP TABLE c (a text);
COPY c FROM STDIN;
{EMAIL}
{"x" * 8100}{EMAIL}
{SSN} and {CARD}
\\.
COPY c TO STDOUT;
""")
    with connect(pg) as connection:
        connection.execute("SELECT %s::text, %s::text, %s::text", (CARD, SSN, EMAIL))
        connection.cursor(binary=True).execute("SELECT %b::text", (EMAIL,))
        # Cut between two messages.
        with connection.cursor().copy("COPY (SELECT 1) TO STDOUT") as copy:
            list(copy)
        connection.execute("CREATE TEMP TABLE d (a text)")
        with connection.cursor().copy("COPY d FROM STDIN") as copy:
            for part in ("jane.r", "oe@exam", "ple.com\n", "4111 1111 11", "11 1111\n"):
                copy.write(part)
        assert connection.execute("SELECT * FROM d").fetchall() == [(EMAIL,), (CARD,)]
    pg.settle()
    texts = "".join(pg.cli("replay", row["id"], "--format", form).stdout
                    for row in pg.store.query("SELECT id FROM sessions") for form in ("text", "jsonl"))
    assert texts.count("COPY") > 4
    for secret in (CARD, SSN, EMAIL):
        assert secret not in texts, texts[max(texts.index(secret) - 300, 0):texts.index(secret) + 50]
        assert not pg.store.contains(secret) and secret not in pg.log()
    assert pg.verify().returncode == 0


POLICY = {**postgres.POLICY, "roles": [
    {**postgres.POLICY["roles"][0], "name": "open", "record_payloads": "full"},
    {**postgres.POLICY["roles"][0], "name": "some", "groups": ["some"], "record_payloads": "head"},
    {**postgres.POLICY["roles"][0], "name": "discreet", "groups": ["discreet"], "record_payloads": "none"}]}


@pytest.mark.parametrize("groups, rows, values, bodies", [
    (("agents",), 500, True, True), (("some",), 100, True, False), (("discreet",), 0, False, False),
    (("discreet", "some"), 100, True, False)])
def test_what_is_kept_may_be_said_by_a_role(make_pg, groups, rows, values, bodies):
    def change(config):
        config["audit"] = {"record_payloads": "none"}
    broker = make_pg(change, POLICY)
    broker.pg_token = broker.token(groups=groups)
    with connect(broker) as connection:
        assert len(connection.execute("SELECT name FROM customers WHERE id > %s", (0,)).fetchall()) == 500
    line = json.loads(replay(broker, "jsonl").splitlines()[0])
    assert (len(line["rows"]), "values" in line) == (rows, values)
    assert curl(broker.url("/v1/orders"), token=broker.pg_token).status == 200
    broker.settle()
    over_http = broker.store.value("SELECT id FROM sessions WHERE protocol = 'http'")
    line = json.loads(broker.cli("replay", over_http, "--format", "jsonl").stdout)
    assert (line["response"]["start_line"] != "", line["response"]["body_bytes"] > 0) == (values, bodies)


def test_the_views_say_who_read_a_table(pg):
    """The query of docs/postgres.md; it asks for yesterday."""
    from support.broker import ROOT
    page = (ROOT / "docs/postgres.md").read_text()
    query = page.split("```sql\n")[1].split("```")[0]
    assert "'-1 day'" in query
    for text in ("SELECT name FROM customers WHERE id = 1", "WITH c AS (SELECT * FROM customers) SELECT count(*) FROM c",
                 "SELECT 1", "INSERT INTO notes VALUES (1, 'x')", "DELETE FROM notes"):
        psql(pg, pg.pg_token, text + ";")
    psql(pg, pg.token("agent-8"), "COPY customers TO STDOUT;")
    psql(pg, pg.token("agent-9"), "DROP TABLE customers;")
    pg.settle()
    assert pg.store.query(query) == []
    rows = pg.store.query(query.replace("'-1 day'", "'0 day'").replace("date('now')", "date('now', '1 day')"))
    assert [(row["subject"], row["reads"]) for row in rows] == [("agent-7", 2), ("agent-8", 1)]
