"""Drivers that no one here wrote: psycopg and asyncpg doing their usual operations through the broker."""

import asyncio
import copy
import ssl

import pytest

from support import postgres
from support.process import wait_until

psycopg = pytest.importorskip("psycopg")
asyncpg = pytest.importorskip("asyncpg")


@pytest.fixture
def connect(pg):
    return lambda **how: psycopg.connect(host="127.0.0.1", port=pg.pg_port, dbname="orders-db", user="x",
                                         password=pg.pg_token, sslmode="require", **how)


def test_bound_values_are_sent_decided_and_recorded(pg, connect):
    with connect() as connection:
        assert connection.execute("SELECT name FROM customers WHERE id = %s", (7,)).fetchone() == ("name 7",)
    session = pg.settle().store.value("SELECT id FROM sessions")
    assert '   with ["7"]' in pg.cli("replay", session).stdout


def test_prepared_statements_are_decided_at_each_use(pg, connect):
    with connect() as connection:
        for number in range(10):
            row = connection.execute("SELECT %s::int + 1", (number,), prepare=True).fetchone()
            assert row == (number + 1,)
    assert pg.settle().store.value("SELECT count(*) FROM commands WHERE text LIKE 'SELECT $1%'") >= 10


def test_a_new_policy_holds_for_statements_that_were_prepared_before(pg, connect):
    with connect(autocommit=True, prepare_threshold=1) as connection:
        for _ in range(3):
            connection.execute("SELECT name FROM customers WHERE id = %s", (1,), prepare=True)
        policy = copy.deepcopy(postgres.POLICY)
        policy["rules"][1]["when"] = {"text": "/customers/"}
        pg.write_policy(policy)
        pg.reload()
        wait_until(lambda: "reloaded" in pg.log())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT name FROM customers WHERE id = %s", (1,), prepare=True)
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_refusal_in_the_extended_protocol_aborts_the_transaction_and_no_more(pg, connect):
    with connect() as connection:
        connection.execute("INSERT INTO notes VALUES (%s, %s)", (1, "lost"))
        with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
            connection.execute("DROP TABLE notes")
        assert '"rule":"no-drop"' in refused.value.diag.message_detail
        assert connection.info.transaction_status.name == "INERROR"
        connection.rollback()
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (0,)


def test_the_57th_of_a_pipeline_is_refused_and_nothing_of_it_stays(pg, connect):
    with connect() as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            with connection.pipeline():
                for number in range(56):
                    connection.execute("INSERT INTO notes VALUES (%s, 'p')", (number,))
                connection.execute("DROP TABLE notes")
                connection.execute("SELECT 1")
        connection.rollback()
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (0,)


def test_a_pipeline_of_hundreds(pg, connect):
    with connect() as connection, connection.pipeline():
        cursors = [connection.execute("SELECT %s::int", (number,)) for number in range(500)]
        assert [cursor.fetchone()[0] for cursor in cursors] == list(range(500))


def test_cursors_binary_results_copy_and_notifications(pg, connect):
    with connect(autocommit=True) as connection:
        with connection.transaction(), connection.cursor(name="c") as named:
            named.execute("SELECT * FROM customers ORDER BY id")
            assert len(named.fetchmany(10)) == 10
        binary = connection.cursor(binary=True).execute("SELECT id, name FROM customers WHERE id = 3")
        assert binary.fetchone() == (3, "name 3")
        with connection.cursor().copy("COPY notes FROM STDIN") as copy:
            for number in range(1000):
                copy.write_row((number, "row"))
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (1000,)
        with connection.cursor().copy("COPY notes TO STDOUT (FORMAT binary)") as copy:
            assert sum(len(part) for part in copy) > 10_000
        connection.execute("DELETE FROM notes")
        connection.execute("LISTEN channel")
        with connect(autocommit=True) as other:
            other.execute("NOTIFY channel, 'hello'")
        assert next(connection.notifies()).payload == "hello"


def test_asyncpg(pg):
    async def work():
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = await asyncpg.connect(host="127.0.0.1", port=pg.pg_port, user="x", ssl=context,
                                           password=pg.pg_token, database="orders-db")
        assert (await connection.fetchrow("SELECT name FROM customers WHERE id = $1", 9))["name"] == "name 9"
        for refused in (connection.execute, connection.fetch):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await refused("DROP TABLE customers")
        async with connection.transaction():
            await connection.execute("INSERT INTO notes VALUES ($1, $2)", 1, "kept")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with connection.transaction():
                    await connection.fetch("DROP TABLE notes")
            assert await connection.fetchval("SELECT count(*) FROM notes") == 1
            seen = [row async for row in connection.cursor("SELECT * FROM customers", prefetch=50)]
            assert len(seen) == 500
        await connection.copy_records_to_table("notes", records=[(n, "x") for n in range(500)])
        await connection.executemany("INSERT INTO notes VALUES ($1, $2)", [(n, "m") for n in range(2000)])
        assert await connection.fetchval("SELECT count(*) FROM notes") == 2501
        with pytest.raises(asyncio.TimeoutError):
            await connection.fetch("SELECT pg_sleep(30)", timeout=0.5)
        assert await connection.fetchval("SELECT 1") == 1
        await connection.execute("DELETE FROM notes")
        await connection.close()
    asyncio.run(work())
    session = pg.settle().store.value("SELECT id FROM sessions")
    replayed = pg.cli("replay", session).stdout
    assert "name 9" in replayed and "\\x" not in replayed.split("COPY")[0]
