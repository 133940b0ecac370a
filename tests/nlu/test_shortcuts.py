"""What is written for speed finds what it stands in for, rule by rule and word by word."""

import pytest

from tests.nlu.rasa_process import run_nlu

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]


def test_what_is_quicker_than_the_libraries_finds_what_they_find() -> None:
    ended = run_nlu("tests/run_shortcuts.py")
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-4000:]
    assert ended.stdout.endswith("no difference\n")
