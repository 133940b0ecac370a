"""Recordings: made once for the same words, anew for others, and whole or not at all."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from content.recordings import Recordings
from content.speech import SpeechError


@dataclass
class Echo:
    """Says nothing, and gives the words back."""

    spoken: list[str] = field(default_factory=list)
    is_broken: bool = False

    def check(self) -> None: ...

    async def speak(self, text: str, language: str) -> bytes:
        await asyncio.sleep(0)
        if self.is_broken:
            raise SpeechError("broken")
        self.spoken.append(text)
        return f"{language}: {text}".encode()


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_the_same_words_are_said_once_however_many_ask(tmp_path: Path) -> None:
    echo = Echo()
    recordings = Recordings(echo, tmp_path / "new" / "folder")
    paths = await asyncio.gather(
        *(recordings.record("7KH3PX", "es", "Hola.") for _ in range(3)),
    )
    assert len(set(paths)) == 1
    assert paths[0].read_text(encoding="utf8") == "es: Hola."
    assert echo.spoken == ["Hola."]
    assert files_in(paths[0].parent) == [paths[0]]


async def test_other_words_or_another_language_are_another_recording(tmp_path: Path) -> None:
    recordings = Recordings(Echo(), tmp_path)
    paths = {
        await recordings.record("7KH3PX", "es", "Hola."),
        await recordings.record("7KH3PX", "es", "Hola a todos."),
        await recordings.record("7KH3PX", "pt", "Hola."),
    }
    assert len(paths) == 3


async def test_what_could_not_be_said_is_tried_again(tmp_path: Path) -> None:
    echo = Echo(is_broken=True)
    recordings = Recordings(echo, tmp_path)
    with pytest.raises(SpeechError):
        await recordings.record("7KH3PX", "es", "Hola.")
    assert files_in(tmp_path) == []
    echo.is_broken = False
    assert (await recordings.record("7KH3PX", "es", "Hola.")).exists()
