"""`sallyport mask` as a filter in a pipe, and over the labelled texts; what a policy masks."""

import json
import os
import pathlib
import subprocess

from support.access import events
from support.broker import PROGRAM, run
from support.process import wait_until

CASES = pathlib.Path(__file__).parent.parent / "data" / "pii" / "own_cases.jsonl"


def read_some(stream):
    return os.read(stream.fileno(), 65536)


def test_a_line_comes_out_before_the_input_ends_and_half_a_secret_does_not():
    with subprocess.Popen([PROGRAM, "mask"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as filter_:
        filter_.stdin.write(b"first line\n")
        filter_.stdin.flush()
        assert read_some(filter_.stdout) == b"first line\n"
        filter_.stdin.write(b"mail: bob@exam")
        filter_.stdin.flush()
        assert read_some(filter_.stdout) == b"mail: "
        filter_.stdin.write(b"ple.com\n")
        filter_.stdin.close()
        assert filter_.stdout.read() == b"****\n"
        assert filter_.wait() == 0


def test_an_event_comes_out_when_it_ends_with_its_json_masked():
    with subprocess.Popen([PROGRAM, "mask", "--format", "events", "--pointer", "/pay"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as filter_:
        filter_.stdin.write(b'data: {"mail":"bob\\u0040exam')
        filter_.stdin.flush()
        filter_.stdin.write(b'ple.com","pay":[1,2]}\n\n')
        filter_.stdin.flush()
        assert read_some(filter_.stdout) == b'data: {"mail":"****","pay":"****"}\n\n'
        filter_.stdin.close()
        assert filter_.stdout.read() == b""
        assert filter_.wait() == 0


def test_json_stays_the_same_document_but_for_what_is_masked():
    document = [{"id": number, "text": f"é\n\"{number}\"", "mail": "bob@example.com"}
                for number in range(2_000)]
    for ascii_only in (True, False):
        done = subprocess.run([PROGRAM, "mask", "--format", "json"], capture_output=True, check=True,
                              input=json.dumps(document, ensure_ascii=ascii_only).encode())
        masked = [dict(item, mail="****") for item in document]
        assert done.stdout == json.dumps(masked, ensure_ascii=ascii_only).encode()


def test_the_labelled_texts_are_found_and_none_of_them_is_left_in_the_text():
    cases = [json.loads(line) for line in CASES.read_text().splitlines()]
    done = subprocess.run([PROGRAM, "mask", "--lines"], input=CASES.read_text(), text=True,
                          capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [case["id"] for case in cases]
    for case, answer in zip(cases, answers):
        found = {(e["type"], e["start"], e["end"]) for e in answer["entities"]}
        for entity in case["entities"]:
            assert (entity["type"], entity["start"], entity["end"]) in found, case["id"]
            assert case["text"][entity["start"]:entity["end"]] not in answer["text"], case["id"]


def test_a_line_that_cannot_be_read_is_named():
    done = subprocess.run([PROGRAM, "mask", "--lines"], input='{"text":"x"}\n{"text":', text=True,
                          capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "sallyport: mask: line 2: not a JSON object\n"


def test_help_lists_the_detectors():
    done = run("mask", "--help")
    assert done.returncode == 0
    for name in ("card", "ssn", "private_key", "ipv4"):
        assert name in done.stdout


RULES = """version: 1
patterns: {badge: '\\bB-[0-9]{6}\\b'}
roles:
  - {name: tester, groups: [agents], targets: ["*"], rules: [reads, crm]}
rules:
  - id: reads
    when: {action: read}
    effect: allow
    mask: [card, badge, {detect: email, with: hash}, {columns: [customers.salary]}]
  - {id: crm, when: {target: crm}, effect: deny, mask: {json: /customers/*/salary, with: partial}}
"""
ALWAYS = ["badge", "card", "email:hash", "columns:customers.salary"]


def test_policy_eval_and_explain_say_what_is_masked_and_which_rule_asks(tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(RULES)
    line = {"id": 1, "protocol": "http", "groups": ["agents"], "input": "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"}
    lines = [line, {**line, "target": "crm"}, {**line, "groups": ["strangers"]}]
    done = run("policy", "eval", "--policy", policy, stdin="".join(json.dumps(one) + "\n" for one in lines))
    masks = [json.loads(answer)["mask"] for answer in done.stdout.splitlines()]
    assert masks == [ALWAYS, ALWAYS + ["json:/customers/*/salary:partial"], []]
    done = run("policy", "explain", "--policy", policy, "--target", "crm", "--group", "agents", "--json",
               "--input", "POST /a")
    explained = json.loads(done.stdout)
    assert explained["mask"] == masks[1]
    assert {rule["id"]: rule["mask"] for rule in explained["rules"]} == {
        "reads": ALWAYS, "crm": ["json:/customers/*/salary:partial"]}


def test_check_warns_of_columns_where_no_target_has_any(make_broker):
    broker = make_broker()
    broker.write_policy(RULES)
    done = broker.cli("check")
    assert done.returncode == 0
    assert "policy.yaml:9:65: no target speaks postgres" in done.stdout + done.stderr


def test_a_session_records_what_it_masks_in_the_version_that_opened_it(broker):
    def masks_of_next_session(subject):
        assert broker.get("/v1/orders", token=broker.token(subject)).status == 200
        resolved = events(broker, "authz.resolved")
        return next(event.get("masks") for event in resolved if event["subject"] == subject)

    assert masks_of_next_session("before") is None
    broker.write_policy(RULES)
    broker.reload()
    wait_until(lambda: "reloaded" in broker.log(), 10, "the reload")
    assert masks_of_next_session("after") == ", ".join(ALWAYS)
