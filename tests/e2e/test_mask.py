"""`sallyport mask` as a filter in a pipe, and over the labelled texts."""

import json
import os
import pathlib
import subprocess

from support.broker import PROGRAM, run

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
