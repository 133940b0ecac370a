"""Recordings of texts that are told: made once, kept as files, made anew when the words change.

They hold public content only, so they are neither sealed nor missed when somebody deletes them.
"""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from content.speech import Speaker

_MARK = 16  # hexadecimal digits that tell one wording from another


@dataclass(frozen=True)
class Recordings:
    """`folder` is made when it is needed."""

    speaker: Speaker
    folder: Path
    # One at a time: a voice takes a second of a whole core, and two of one text are of no use.
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def record(self, code: str, language: str, said: str) -> Path:
        """The OGG file of these words of the version with this code; raise `SpeechError` if they
        cannot be said, or `OSError` if the file cannot be written."""
        mark = hashlib.sha256(said.encode()).hexdigest()[:_MARK]
        path = self.folder / f"{code}.{language}.{mark}.ogg"
        async with self._making:
            if not await asyncio.to_thread(path.exists):
                sound = await self.speaker.speak(said, language)
                await asyncio.to_thread(_keep, path, sound)
        return path


def _keep(path: Path, sound: bytes) -> None:
    """Whole or not at all, also when another process records the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{secrets.token_hex(4)}")
    unfinished.write_bytes(sound)
    unfinished.replace(path)
