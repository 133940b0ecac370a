"""A hub that was started once and stopped: what every test of this folder begins with."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.end_to_end.process import HubProcess

ROOT = Path(__file__).parents[2]
TOPICS = ("documents.lost", "emergency.numbers", "health.sis")


@pytest.fixture(scope="session")
def started_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database that holds the Peru pack, its keys and a few examples."""
    folder = tmp_path_factory.mktemp("started")
    examples = folder / "examples" / "es"
    examples.mkdir(parents=True)
    for topic in TOPICS:
        shutil.copy(ROOT / "nlu" / "data" / "es" / f"{topic}.yml", examples)

    async def start() -> None:
        hub = HubProcess(folder, settings={"understanding": few_examples(folder)})
        await hub.start()
        await hub.stop()

    asyncio.run(start())
    return folder


def few_examples(folder: Path) -> dict[str, object]:
    """Settings for a test that is not about understanding: learning all examples takes seconds."""
    return {
        "rasa": False,
        "examples": str(folder / "examples"),
        "learnt": str(folder / "learnt"),
    }


@pytest.fixture
def hub_folder(started_once: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return Path(shutil.copytree(started_once, tmp_path / "hub"))
