"""What other programs do with PostgreSQL, through the broker as directly: psql scripts, pgbench, node, Java, SQLAlchemy."""

import os
import pathlib
import shutil
import subprocess

import pytest

from support.broker import ROOT
from support.postgres import PASSWORD
from support.psql import environment
from support.process import wait_until

DATA = ROOT / "tests/data/psql"
JDBC = pathlib.Path("/usr/share/java/postgresql.jar")


def run_script(script, environment, folder, *arguments):
    """psql's output and messages, in order, without what differs from run to run."""
    folder.mkdir()
    done = subprocess.run(["psql", "-X", "-a", "-v", f"folder={folder}", "-f", script, *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False,
                          env={**environment, "FOLDER": str(folder), "TZ": "UTC"})
    words = []
    for line in done.stdout.replace(os.fsencode(folder), b"FOLDER").splitlines():
        if line.startswith(b"Asynchronous notification"):
            line = line.split(b" received")[0]
        if line.startswith((b"lo_import", b"lo_unlink")):
            line = line.split()[0]  # an OID follows
        words.append(line)
    return words


@pytest.mark.parametrize("script", sorted(DATA.glob("*.sql")), ids=lambda path: path.stem)
def test_a_script_of_psql_s_prints_the_same_as_directly(pg, world, tmp_path, script):
    """Byte for byte; as the same role, in a database of its own each."""
    world.postgres.sql("postgres", "CREATE DATABASE one OWNER app")
    world.postgres.sql("postgres", "CREATE DATABASE two OWNER app")
    try:
        directly = {**environment(pg, pg.pg_token), "PGPORT": str(world.postgres.port), "PGUSER": "app",
                    "PGPASSWORD": PASSWORD, "PGDATABASE": "one"}
        wanted = run_script(script, directly, tmp_path / "direct")
        got = run_script(script, environment(pg, pg.pg_token, PGDATABASE="orders-db/two"), tmp_path / "through")
        assert got == wanted
        assert len(wanted) > 60
    finally:
        wait_until(lambda: world.postgres.sql(
            "postgres", "SELECT count(*) FROM pg_stat_activity WHERE datname IN ('one', 'two')") == "0")
        world.postgres.sql("postgres", "DROP DATABASE one")
        world.postgres.sql("postgres", "DROP DATABASE two")


def test_pgbench_in_each_mode_keeps_its_sums(pg, world):
    """Two threads of four clients; every transaction adds the same to three tables, or to none."""
    pgbench = world.postgres.bin / "pgbench"
    env = environment(pg, pg.pg_token)
    subprocess.run([pgbench, "-i", "-I", "tgvp", "-q", "-s", "1"], env=env, check=True, capture_output=True, timeout=60)
    try:
        for mode in ("simple", "extended", "prepared"):
            done = subprocess.run([pgbench, "-n", "-M", mode, "-c", "4", "--jobs=2", "-t", "10"], env=env,
                                  capture_output=True, text=True, timeout=120, check=False)
            assert done.returncode == 0 and "processed: 40/40" in done.stdout, done.stdout + done.stderr
            assert "failed transactions: 0" in done.stdout
        sums = [world.postgres.sql("orders", f"SELECT sum({column}) FROM pgbench_{table}") for table, column in
                (("accounts", "abalance"), ("tellers", "tbalance"), ("branches", "bbalance"), ("history", "delta"))]
        assert len(set(sums)) == 1 and world.postgres.sql("orders", "SELECT count(*) FROM pgbench_history") == "120"
    finally:
        world.postgres.sql("orders", "DROP TABLE pgbench_accounts, pgbench_tellers, pgbench_branches, pgbench_history")
    pg.settle()
    assert pg.store.value("SELECT count(*) FROM commands WHERE text LIKE 'INSERT INTO pgbench_history%' AND "
                          "status = 'INSERT 0 1'") == 120
    assert pg.verify().returncode == 0


def client(pg, argv, **env):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False,
                          env={**environment(pg, pg.pg_token), **env})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split()


WANTED = ["name:7", "500", "42501", "still", "rolled:0", "kept:1", "bye"]


def test_node_postgres(pg):
    folder = ROOT / "tests/idp"
    if shutil.which("node") is None or not (folder / "node_modules/pg").exists():
        pytest.skip("node-postgres is not installed")
    assert client(pg, ["node", str(folder / "node_postgres.mjs")], NODE_TLS_REJECT_UNAUTHORIZED="0") == WANTED


def test_pgjdbc(pg):
    java = shutil.which("java")
    if java is None or not JDBC.exists() or shutil.which("javac") is None:
        pytest.skip("no Java compiler, or no libpostgresql-jdbc-java")
    assert client(pg, [java, "-cp", str(JDBC), str(ROOT / "tests/data/Pgjdbc.java")]) == WANTED


def test_sqlalchemy(pg):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, exc, func, select
    import psycopg2  # noqa: F401 - the driver of this version
    engine = create_engine(f"postgresql://x:{pg.pg_token}@127.0.0.1:{pg.pg_port}/orders-db?sslmode=require")
    notes = Table("notes", MetaData(), Column("id", Integer), Column("body", Text))
    assert sqlalchemy.inspect(engine).get_columns("customers")[1]["name"] == "name"
    with engine.begin() as connection:
        connection.execute(notes.insert(), [{"id": n, "body": "x"} for n in range(50)])
        assert connection.execute(select(func.count()).select_from(notes)).scalar() == 50
        with pytest.raises(exc.DBAPIError) as refused, connection.begin_nested():
            notes.drop(connection)
        assert refused.value.orig.pgcode == "42501"
        connection.execute(notes.delete().where(notes.c.id < 50))
    engine.dispose()
