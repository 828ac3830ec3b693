"""Policies over SQL: inputs judged without a broker, names resolved against a schema file."""

import json

from support.broker import ROOT, run

GUARD = ROOT / "policy" / "examples" / "pg-guard.yaml"
SCHEMA = ROOT / "tests" / "data" / "postgres" / "schema.sql"


def judged(*inputs, arguments=()):
    lines = [json.dumps({"id": i, "protocol": "postgres", "input": text}) for i, text in enumerate(inputs)]
    done = run("policy", "eval", "--policy", GUARD, *arguments, stdin="\n".join(lines))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_policy_eval_judges_sql_against_a_schema():
    view, write, wrong = judged("SELECT tax_ref FROM v_people", "UPDATE orders SET total = 1 WHERE id = 2",
                                "SELCT 1", arguments=["--schema", SCHEMA])
    assert (view["decision"], view["rule"]) == ("deny", "no-ssn")
    assert "table:public.customers" in view["objects"]
    assert (write["decision"], write["action"]) == ("allow", ["write"])
    assert (wrong["decision"], wrong["reason"]) == ("parse_error", 'syntax error at or near "SELCT"')


def test_without_a_schema_a_star_is_every_column():
    star, column, other = judged("SELECT * FROM customers", "SELECT name FROM customers", "SELECT * FROM orders")
    assert [star["decision"], column["decision"], other["decision"]] == ["deny", "allow", "allow"]


def test_a_schema_that_does_not_parse_is_named(tmp_path):
    schema = tmp_path / "schema.sql"
    schema.write_text("CREATE TABLE (")
    for file, said in ((schema, "syntax error at or near"), (tmp_path / "none.sql", "none.sql")):
        done = run("policy", "eval", "--policy", GUARD, "--schema", file, stdin="")
        assert done.returncode == 2
        assert str(file) in done.stderr and said in done.stderr


def test_policy_explain_shows_what_each_rule_saw_in_sql():
    done = run("policy", "explain", "--policy", GUARD, "--schema", SCHEMA, "--protocol", "postgres",
               "--input", "DELETE FROM orders WHERE true")
    assert done.returncode == 0, done.stderr
    assert "decision: deny" in done.stdout and "saw trivial" in done.stdout


def test_cases_of_sql_stand_beside_their_policy(tmp_path):
    cases = tmp_path / "cases.yaml"
    cases.write_text(f"""policy: {GUARD}
cases:
  - {{name: all of it, protocol: postgres, input: DELETE FROM orders, expect: deny, rule: narrow-changes}}
  - {{name: one of them, protocol: postgres, input: DELETE FROM orders WHERE id = 1, expect: allow}}
""")
    done = run("policy", "test", cases, "--schema", SCHEMA)
    assert done.returncode == 0, done.stdout + done.stderr
