"""A turn that fails is never a 200, and no failure tells what a person wrote."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nlu.rasa_process import Rasa

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(600)]

CANARY = "Zorobabela"


def _broken(folder: Path, way: str) -> Iterator[Rasa]:
    server = Rasa.start(folder / "output.txt", ["tests/broken_server.py", way])
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("way", "status"),
    [("raises", 500), ("logs_and_says_nothing", 500), ("never_saves", 500), ("not_ready", 503)],
)
def test_a_failed_turn_is_an_error_without_the_text(tmp_path: Path, way: str, status: int) -> None:
    # SEC-63
    for server in _broken(tmp_path, way):
        response = server.post({"sender": "person-of-tests", "text": f"soy {CANARY}"})
        assert response.status_code == status
        assert set(response.json()) == {"error"}
        assert CANARY not in response.text
    assert CANARY not in (tmp_path / "output.txt").read_text()


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    # SEC-66
    for server in _broken(tmp_path, "raises"):
        for _ in range(3):
            server.post({"sender": "person-of-tests", "text": CANARY})
        assert "turns under way: 0" in (tmp_path / "output.txt").read_text().splitlines()[-1]


def test_the_log_of_a_working_server_never_holds_a_text(rasa: Rasa) -> None:
    # SEC-63, SEC-90
    for text in (
        CANARY,
        f"/{CANARY}{{",
        f'/x{{"need": "{CANARY}"',
        f"donde hay comida en {CANARY}",
    ):
        rasa.turn(text)
    rasa.post(f'{{"sender": "{CANARY}"'.encode())
    rasa.post({"sender": CANARY + "!", "text": CANARY})
    assert CANARY not in rasa.output.read_text()
