"""Offers the voice of an answer, and sends it: the same approved version, read by a machine.

A voice is heard by whoever stands near. So none is offered of safety texts and sensitive answers,
and none after a disclosure, whatever the answer is about (HUM-23, HUM-26).
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from bot import phrases, speaking_phrases
from bot.dialogue import Action
from bot.messages import Outbound
from bot.turn import Outcome, Reading, Reply, Told, Turn
from content.answers import Answer, AnswerBook
from content.recordings import Recordings
from content.speakable import may_be_said, to_speech
from content.speech import SpeechError
from hub.i18n import Phrases, Translate
from hub.logs import get_log

MEDIA_PATH = "/media"
_LONGEST_WAIT = 20.0  # seconds of a turn, whose lease must not end meanwhile

Choices = list[tuple[str, Action]]

_log = get_log("speaking")


def say_whole(_: Translate, found: Answer) -> str:
    """The words of the voice: the answer and its steps, those in its own language. Whoever does
    not read cannot ask for the steps one by one."""
    parts = [found.text, *(step.text for step in found.steps if step.language == found.language)]
    if found.is_demonstration:
        parts.insert(0, phrases.demonstration(_))
    return to_speech("\n".join(parts), phrases.address_in_text(_))


@dataclass(frozen=True)
class Speaking:
    """`public_url` is where the channels' providers fetch recordings, without a slash at its
    end."""

    phrases: Phrases
    answers: AnswerBook
    recordings: Recordings
    public_url: str
    longest_wait: float = _LONGEST_WAIT

    def choices(self, turn: Turn, found: Answer) -> Choices:
        """One button, or none where no voice may be heard."""
        if not found.code or not may_be_said(found) or turn.dialogue.in_care(turn.now):
            return []
        value = f"{found.topic}:{found.version}:{found.language}"
        label = speaking_phrases.listen_button(self.phrases.for_language(turn.language))
        return [(label, Action("listen", value))]

    async def play(self, turn: Turn, value: str) -> Outcome | None:
        """The voice of the version that a button came with; None if that is not told any more, or
        may not be heard now."""
        topic, version, language = value.split(":")
        found = await self.answers.find(topic, language)
        if not isinstance(found, Answer) or (str(found.version), found.language) != (
            version,
            language,
        ):
            return None
        if not found.code or not self.choices(turn, found):
            return None
        _ = self.phrases.for_language(turn.language)
        reading = Reading("answer", topic=topic)
        try:
            async with asyncio.timeout(self.longest_wait):
                await self.record(found, found.code)
        except (SpeechError, OSError) as error:  # the time-out is an OSError too
            reason = str(error) or "it takes too long"
            _log.warning("voice_not_made", topic=topic, language=language, reason=reason)
            reply = Reply(Outbound(speaking_phrases.cannot_be_said(_)))
            return Outcome((reply,), turn.dialogue, reading)
        audio = f"{self.public_url}{MEDIA_PATH}/{found.code}.{language}.ogg"
        message = Outbound(speaking_phrases.beside_voice(_, found.code), audio=audio)
        told = (Told(found.topic, found.version, found.answer_id, found.language),)
        return Outcome((Reply(message, told),), turn.dialogue, reading)

    async def record(self, found: Answer, code: str) -> Path:
        """Raise `SpeechError` or `OSError` if there can be no recording."""
        said = say_whole(self.phrases.for_language(found.language), found)
        return await self.recordings.record(code, found.language, said)
