"""One Rasa process for all tests of this folder; the model is trained first if it is not up to
date.
"""

from collections.abc import Iterator

import pytest

from tests.nlu.rasa_process import Rasa, run_nlu


@pytest.fixture(scope="session")
def trained_model() -> str:
    """What train.py said, after which the model is up to date."""
    trained = run_nlu("train.py")
    assert trained.returncode == 0, trained.stderr
    return trained.stdout


@pytest.fixture(scope="session")
def rasa(trained_model: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rasa]:
    server = Rasa.start(tmp_path_factory.mktemp("rasa") / "output.txt")
    yield server
    server.stop()
