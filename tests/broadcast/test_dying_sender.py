"""kill -9 of a sender in the middle of an update, again and again: nobody twice, nobody lost, and
no more in doubt for each death than were under way. Checked from the provider's own log."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bot.messages import SendState
from broadcast.states import State
from tests.broadcast.dying_sender import IN_FLIGHT
from tests.broadcast.scene import Scene

PEOPLE = 120
POINTS = (
    "deliveries.claimed",
    "sender.before_call",
    "sender.after_call",
    "deliveries.before_record",
    "deliveries.recorded",
)
SEED = 7


def run_sender(arguments: Path, **environment: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "tests.broadcast.dying_sender", str(arguments)],
        env={**os.environ, **environment},
        check=False,
    ).returncode


def write_arguments(scene: Scene, folder: Path) -> Path:
    url = scene.database.engine.url.render_as_string(hide_password=False)
    url = url.replace("sqlite+aiosqlite", "sqlite").replace("postgresql+psycopg", "postgresql")
    scene.vault.save(folder / "keys.json")
    values = {
        "url": url,
        "moment": scene.clock.now().isoformat(),
        "keys": str(folder / "keys.json"),
        "log": str(folder / "provider.log"),
    }
    (folder / "arguments.json").write_text(json.dumps(values), encoding="utf8")
    return folder / "arguments.json"


@pytest.mark.crash
@pytest.mark.timeout(300)
async def test_a_sender_that_dies_at_every_point_repeats_nothing(
    scene: Scene, tmp_path: Path
) -> None:
    # INV-3, PEER-01, PEER-04, F-04, F-05
    chance = random.Random(SEED)  # noqa: S311
    for number in range(PEOPLE):
        await scene.add_person(number=900_000_000 + number)
    update_id = await scene.sending()
    arguments = write_arguments(scene, tmp_path)
    for point in POINTS:
        times = 1 if point == "deliveries.claimed" else chance.randint(1, IN_FLIGHT)
        assert run_sender(arguments, CHASQUI_FAILPOINT=f"{point}:{times}") == -signal.SIGKILL, point
    assert run_sender(arguments) == 0

    got = Counter((tmp_path / "provider.log").read_text(encoding="utf8").split())
    states = (await scene.progress(update_id)).by_state
    assert max(got.values()) == 1, "somebody got it twice"
    assert states[SendState.ACCEPTED] + states[SendState.IN_DOUBT] == PEOPLE
    assert 0 < states[SendState.IN_DOUBT] <= IN_FLIGHT * len(POINTS)
    assert states[SendState.ACCEPTED] <= len(got) <= PEOPLE
    await scene.tick()
    assert await scene.state(update_id) is State.SENT
