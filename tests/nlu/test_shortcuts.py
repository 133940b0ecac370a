"""What is written for speed finds what it stands in for, rule by rule and word by word."""

import pytest

from tests.nlu.rasa_process import run_nlu

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]


def test_the_index_of_rules_and_the_ngrams_find_what_the_libraries_find() -> None:
    ended = run_nlu("tests/run_shortcuts.py")
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-4000:]
    assert ended.stdout.endswith("no difference\n")
