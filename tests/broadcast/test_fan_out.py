"""Fan-out is all or nothing, also for a process that is killed at any point of it (PEER-03)."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from broadcast.reasons import Reason
from broadcast.states import State
from tests.broadcast.scene import Scene

PEOPLE = 40
POINTS = ["expand.begun", "expand.frozen", "expand.before_commit", "tick.committed"]


async def due_to_start(scene: Scene) -> str:
    for _ in range(PEOPLE):
        await scene.add_person()
    update_id = await scene.approved()
    await scene.tick()
    scene.clock.advance(scene.policy.undo)
    return update_id


def run_tick(scene: Scene, folder: Path, point: str) -> int:
    arguments = folder / "arguments.json"
    url = scene.database.engine.url.render_as_string(hide_password=False)
    url = url.replace("sqlite+aiosqlite", "sqlite").replace("postgresql+psycopg", "postgresql")
    moment = scene.clock.now().isoformat()
    arguments.write_text(json.dumps({"url": url, "moment": moment}), encoding="utf8")
    return subprocess.run(
        [sys.executable, "-m", "tests.broadcast.fan_out", str(arguments)],
        env={**os.environ, "CHASQUI_FAILPOINT": point},
        check=False,
    ).returncode


@pytest.mark.crash
@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_any_point_it_is_all_or_nothing(
    scene: Scene, tmp_path: Path, point: str
) -> None:
    update_id = await due_to_start(scene)
    assert run_tick(scene, tmp_path, point) == -signal.SIGKILL
    is_done = point == "tick.committed"
    assert await scene.state(update_id) is (State.SENDING if is_done else State.SCHEDULED)
    assert len(await scene.ledger(update_id)) == (PEOPLE if is_done else 0)
    await scene.tick()
    assert await scene.state(update_id) is State.SENDING
    assert len(await scene.ledger(update_id)) == PEOPLE


async def test_many_workers_start_it_once(scene: Scene) -> None:
    update_id = await due_to_start(scene)
    await asyncio.gather(*(scene.tick() for _ in range(8)))
    assert await scene.state(update_id) is State.SENDING
    assert len(await scene.ledger(update_id)) == PEOPLE


async def test_the_audience_is_frozen_at_the_start(scene: Scene) -> None:
    # INV-4
    update_id = await due_to_start(scene)
    await scene.tick()
    late = await scene.add_person()
    await scene.tick()
    assert late not in await scene.ledger(update_id)


async def test_a_person_without_a_text_is_listed_not_left_out(scene: Scene) -> None:
    """Only possible where the default language is not among the texts, which the checks forbid."""
    reader, stranger = await scene.add_person(language="en"), await scene.add_person(language="ht")
    update_id = await scene.approved()
    await scene.tick()
    scene.clock.advance(scene.policy.undo)
    scene.policy = replace(scene.policy, default_language="fr")
    await scene.tick()
    ledger = await scene.ledger(update_id)
    assert (ledger[reader].state, ledger[reader].language) == ("queued", "en")
    assert (ledger[stranger].state, ledger[stranger].error_code) == ("cancelled", Reason.NO_TEXT)


async def test_copies_are_numbered_without_a_gap(scene: Scene) -> None:
    update_id = await due_to_start(scene)
    await scene.tick()
    ids = sorted(row.id for row in (await scene.ledger(update_id)).values())
    assert {len(each) for each in ids} == {26}
    assert [int(each[8:16], 16) for each in ids] == list(range(1, PEOPLE + 1))
    assert len({each[16:] for each in ids}) == PEOPLE


async def test_a_claim_finds_its_copies_beside_each_other(small_scene: Scene) -> None:
    # so that it costs about the same among ten thousand and among a million
    update_id = await due_to_start(small_scene)
    await small_scene.tick()
    ids = sorted(row.id for row in (await small_scene.ledger(update_id)).values())
    lane, now = small_scene.deliveries(), small_scene.clock.now()
    for first in range(0, PEOPLE, 10):
        claims = await lane.claim("telegram", 10, now)
        assert sorted(claim.send_id for claim in claims) == ids[first : first + 10]


async def test_copies_of_updates_that_begin_in_the_same_second_have_ids_of_their_own(
    scene: Scene,
) -> None:
    for _ in range(PEOPLE):
        await scene.add_person()
    both = [await scene.approved() for _ in range(2)]
    await scene.tick()
    scene.clock.advance(scene.policy.undo)
    await scene.tick()
    ledgers = [await scene.ledger(each) for each in both]
    assert len({row.id for ledger in ledgers for row in ledger.values()}) == 2 * PEOPLE
