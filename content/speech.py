"""Says a text aloud: a port, and espeak-ng behind it with an encoder of Opus.

OGG with Opus is what WhatsApp and Telegram play as a voice message. Both programs come with the
operating system and are looked for when they are needed; the hub runs without them.
"""

import asyncio
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

LONGEST_TEXT = 8000
_SECONDS = 60.0
_WORDS_PER_MINUTE = 150  # slower than usual: it is listened to once, in a street
_SPEAKER = "espeak-ng"
# Voices that are called otherwise than the language; any other language has a voice of its name.
_VOICES = {"es": "es-419", "pt": "pt-br", "fr": "fr-fr", "en": "en-us"}
# The first that is installed; 16 kbit/s are 2 KB a second. `--ignorelength`: a stream does not say
# how long it is.
_ENCODERS = {
    "opusenc": (
        *("--quiet", "--ignorelength", "--speech"),
        *("--bitrate", "16", "--comp", "5", "-", "-"),
    ),
    "ffmpeg": (
        *("-loglevel", "error", "-f", "wav", "-i", "pipe:0"),
        *("-c:a", "libopus", "-b:a", "16k", "-f", "ogg", "pipe:1"),
    ),
}


class SpeechError(Exception):
    """A program is missing, failed or took too long; the message names it, never the text."""


class Speaker(Protocol):
    """Whatever turns a text into OGG with Opus."""

    def check(self) -> None:
        """Raise `SpeechError` if nothing can be said here, and say what to install."""
        ...

    async def speak(self, text: str, language: str) -> bytes:
        """Raise `SpeechError` if it cannot be said."""
        ...


@dataclass(frozen=True, slots=True)
class EspeakSpeaker:
    """espeak-ng, then opusenc or ffmpeg. Texts go in by standard input, never as arguments."""

    seconds: float = _SECONDS

    def check(self) -> None:
        _find_speaker()
        _find_encoder()

    async def speak(self, text: str, language: str) -> bytes:
        speaker, (encoder, options) = _find_speaker(), _find_encoder()
        if len(text) > LONGEST_TEXT:
            raise SpeechError(f"a text of more than {LONGEST_TEXT} characters is not said")
        voice = _VOICES.get(language, language)
        wave = await self._run(
            *(speaker, "-v", voice, "-s", str(_WORDS_PER_MINUTE), "-b", "1", "--stdin", "--stdout"),
            given=text.encode(),
        )
        return await self._run(encoder, *options, given=wave)

    async def _run(self, program: str, *options: str, given: bytes) -> bytes:
        name = program.rpartition("/")[2]
        process = await asyncio.create_subprocess_exec(
            program,
            *options,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # it may quote the text
        )
        try:
            async with asyncio.timeout(self.seconds):
                made, _ = await process.communicate(given)
        except TimeoutError:
            raise SpeechError(f"{name} took longer than {self.seconds:g} s") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode or not made:
            raise SpeechError(f"{name} ended with status {process.returncode} and made no sound")
        return made


def _find_speaker() -> str:
    found = shutil.which(_SPEAKER)
    if found is None:
        raise SpeechError(f"{_SPEAKER} is not installed (Debian: package espeak-ng)")
    return found


def _find_encoder() -> tuple[str, tuple[str, ...]]:
    for name, options in _ENCODERS.items():
        found = shutil.which(name)
        if found is not None:
            return found, options
    raise SpeechError("neither opusenc nor ffmpeg is installed (Debian: package opus-tools)")
