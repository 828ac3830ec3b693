"""The program's words: help, statuses, errors that name their place."""

import json
import os
import stat
import subprocess

import pytest

from support.broker import PROGRAM, run

COMMANDS = ["init", "serve", "check", "token issue", "token check", "sessions list", "sessions show",
            "sessions tail", "sessions kill", "replay", "audit verify", "audit search", "audit snapshot",
            "policy check", "policy eval", "policy explain", "policy test", "mask"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_subcommand_has_help_with_an_example(command):
    done = run(*command.split(), "--help")
    assert done.returncode == 0
    assert "sallyport " + command in done.stdout
    assert "xample" in done.stdout


def test_wrong_usage_is_status_2_and_one_line_on_stderr():
    for arguments in (["serve"], ["nonsense"], ["serve", "--nope"], ["replay"]):
        done = run(*arguments)
        assert done.returncode == 2 and done.stdout == ""
        assert 1 <= len(done.stderr.splitlines()) <= 2, done.stderr


def test_version_names_the_libraries():
    done = run("--version")
    assert done.returncode == 0 and "OpenSSL" in done.stdout and "SQLite" in done.stdout


def test_init_writes_what_check_accepts_and_refuses_to_overwrite(tmp_path):
    folder = tmp_path / "new"
    assert run("init", folder).returncode == 0
    config = next(path for path in folder.glob("*.yaml") if "identity:" in path.read_text())
    done = run("check", "--config", config)
    assert done.returncode == 0, done.stdout + done.stderr
    again = run("init", folder)
    assert again.returncode in (1, 2) and str(folder) in again.stderr
    for path in folder.rglob("*"):
        if path.is_file() and b"PRIVATE KEY" in path.read_bytes():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_check_names_file_line_and_column_of_every_problem(make_broker):
    broker = make_broker()
    text = broker.config_path.read_text()
    broker.config_path.write_text(text.replace("  url: ", "  urll: ", 1) + "stoer: x\n")
    done = broker.cli("check")
    assert done.returncode in (1, 2)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if ":" in line]
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "  url: " in one)
    assert any(f"broker.yaml:{line}:" in one and "urll" in one for one in lines), lines
    assert any("stoer" in one and "store" in one.replace("stoer", "") for one in lines), lines


def test_check_names_the_place_of_a_policy_problem(make_broker):
    broker = make_broker()
    broker.write_policy("version: 1\nroles: []\nrules:\n  - id: x\n    efect: allow\n")
    done = broker.cli("check")
    output = done.stdout + done.stderr
    assert done.returncode in (1, 2) and "policy.yaml:5:5:" in output and "effect" in output


def test_what_is_not_supported_yet_is_refused_not_ignored(make_broker):
    broker = make_broker()
    rule = {"id": "r", "when": {"action": "read"}, "effect": "approve"}
    broker.write_policy({"version": 1, "roles": [
        {"name": "r", "groups": ["g"], "targets": ["*"], "rules": ["r"]}], "rules": [rule]})
    done = broker.cli("check")
    assert done.returncode in (1, 2), done.stdout
    assert "not yet supported" in done.stdout + done.stderr


def test_secrets_in_the_file_or_readable_by_others_are_errors(make_broker):
    broker = make_broker()
    broker.changed(lambda config: config["targets"][0].update(
        credential={"header": "Authorization", "value": "Bearer hunter2hunter2"}))
    done = broker.cli("check")
    output = done.stdout + done.stderr
    assert done.returncode in (1, 2)
    assert "env:" in output and "file:" in output and "secret:" in output and "hunter2" not in output
    broker = make_broker()
    os.chmod(broker.directory / "keys/api.secret", 0o644)
    done = broker.cli("check")
    assert done.returncode in (1, 2) and "api.secret" in done.stdout + done.stderr


def test_serve_refuses_what_check_refuses(make_broker):
    broker = make_broker()
    broker.changed(lambda config: config.update(surprise=1))
    done = broker.cli("serve", timeout=20)
    assert done.returncode == 2 and "surprise" in done.stderr


def test_policy_eval_judges_raw_requests(make_broker):
    broker = make_broker()
    lines = [
        {"id": "get", "protocol": "http", "input": "GET /v1/orders HTTP/1.1\r\nHost: x\r\n\r\n"},
        {"id": "delete", "protocol": "http", "input": "DELETE /v1/orders/7 HTTP/1.1\r\nHost: x\r\n\r\n"},
    ]
    done = run("policy", "eval", "--policy", broker.policy_path,
               stdin="".join(json.dumps(line) + "\n" for line in lines))
    assert done.returncode == 0, done.stderr
    get, delete = map(json.loads, done.stdout.splitlines())
    assert (get["id"], get["decision"], get["rule"]) == ("get", "allow", "reads")
    assert (delete["decision"], delete["rule"], delete["action"]) == ("deny", "no-delete", ["delete"])


def test_the_completion_script_is_valid_bash():
    done = run("completion", "bash")
    assert done.returncode == 0, done.stderr
    subprocess.run(["bash", "-n"], input=done.stdout, text=True, check=True)
    script = done.stdout + "\nCOMP_WORDS=(sallyport sess); COMP_CWORD=1; COMP_LINE='sallyport sess'; " \
        "COMP_POINT=14; $(complete -p sallyport | sed 's/.*-F \\([^ ]*\\).*/\\1/') sallyport sess sallyport; " \
        "echo ${COMPREPLY[@]}"
    shown = subprocess.run(["bash", "-c", script], text=True, capture_output=True, check=True)
    assert "sessions" in shown.stdout


def test_the_program_is_one_file():
    assert os.access(PROGRAM, os.X_OK)
