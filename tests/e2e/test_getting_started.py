"""docs/getting-started.md says what is true: its blocks are run, in order, in an empty folder."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess

from support.broker import PROGRAM, ROOT
from support.process import free_port

PAGE = ROOT / "docs/getting-started.md"

# Run before and after the page's own blocks: stop at the first command that fails, and leave nothing behind.
PROLOGUE = """set -e
trap 'status=$?; kill $(jobs -p) 2>/dev/null; wait; exit $status' EXIT
"""


def blocks():
    return re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_blocks_of_getting_started_do_what_the_page_says(tmp_path):
    script = PROLOGUE + "\n".join(f"echo '== block {n}'\n{text}" for n, text in enumerate(blocks()))
    # The page's ports may be taken on this machine.
    for port in ("9001", "8081", "8080"):
        script = script.replace(port, str(free_port()))
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "sallyport").symlink_to(pathlib.Path(PROGRAM).resolve())
    environment = dict(os.environ, SALLYPORT_SOURCE=str(ROOT), PATH=f"{programs}:{os.environ['PATH']}")
    folder = tmp_path / "empty"
    folder.mkdir()
    output = tmp_path / "output"
    with open(output, "w") as out:
        shell = subprocess.Popen(["bash", "-c", script], cwd=folder, env=environment, stdout=out,
                                 stderr=subprocess.STDOUT, start_new_session=True)
    try:
        status = shell.wait(60)
    except subprocess.TimeoutExpired:
        status = "none in 60 s"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
    assert status == 0, output.read_text()[-3000:]


def test_the_page_has_the_steps_that_later_pages_build_on():
    text = PAGE.read_text()
    for heading in ("Provision an agent", "Write a policy", "Be refused", "See what happened", "Prove it"):
        assert f"## {heading}" in text
    assert len(blocks()) > 10


def test_the_links_of_the_manual_lead_somewhere():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
