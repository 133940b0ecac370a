"""The rules do with each form what the stories tell, by Rasa's own test of stories."""

import pytest

from tests.nlu.rasa_process import run_nlu

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(600)]


def test_every_story_goes_as_it_is_told() -> None:
    ended = run_nlu("tests/run_stories.py")
    assert ended.returncode == 0, ended.stdout[-4000:]
    told, total = ended.stdout.split("stories that went as told: ")[1].split()[0:3:2]
    assert told == total
    assert int(total) > 30
