"""Failpoints: nothing unless armed, and then death without any clean-up."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.failpoints import hit

SCRIPT = """
import atexit
from hub.failpoints import hit
atexit.register(lambda: print("cleaned up"))
for number in range(3):
    print(number, flush=True)
    hit("a")
    hit("b")
"""


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_nothing_happens_unless_armed() -> None:
    hit("anything")
    assert run().stdout == "0\n1\n2\ncleaned up\n"
    assert run(CHASQUI_FAILPOINT="c").returncode == 0


@pytest.mark.parametrize(("armed", "reached"), [("b", "0\n"), ("a:1", "0\n"), ("b:3", "0\n1\n2\n")])
def test_an_armed_point_kills_at_its_hit(armed: str, reached: str) -> None:
    ended = run(CHASQUI_FAILPOINT=armed)
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout == reached


def test_hits_are_listed(tmp_path: Path) -> None:
    log = tmp_path / "hits"
    run(CHASQUI_FAILPOINT="b:2", CHASQUI_FAILPOINT_LOG=str(log))
    assert log.read_text(encoding="utf8").split() == ["a", "b", "a", "b"]
