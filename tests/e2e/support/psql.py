"""The psql program as an agent runs it."""

import os
import subprocess


def environment(broker, token, **more):
    """What libpq reads; `more` are further variables, None removes one."""
    wanted = {"PGHOST": "127.0.0.1", "PGPORT": broker.pg_port, "PGDATABASE": "orders-db",
              "PGUSER": "anybody", "PGPASSWORD": token, "PGSSLMODE": "require",
              "PGCONNECT_TIMEOUT": 10, "PSQLRC": "/dev/null", "PGGSSENCMODE": "disable", **more}
    base = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**base, **{name: str(value) for name, value in wanted.items() if value is not None}}


def psql(broker, token, text, *arguments, timeout=30, **more):
    """One script; its exit status, output and messages."""
    return subprocess.run(["psql", "-XAtq", "-v", "VERBOSITY=verbose", *arguments], input=text, text=True,
                          capture_output=True, timeout=timeout, check=False,
                          env=environment(broker, token, **more))
