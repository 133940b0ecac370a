"""Drafts of answers as phones would show them, and advice on how they read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.bubbles import Bubble, show
from bot.rehearsing import Rehearser
from content.check_texts import LONGEST_AVERAGE_SENTENCE
from content.pack import TopicContent
from content.previewing import as_told
from content.readability import FLOOR, read_ease
from content.wording import count_sentence_words
from hub.console.answer_form import form_field
from hub.i18n import FALLBACK, Translate

_HOLDS = timedelta(days=180)  # any day will do: only its length shows


@dataclass(frozen=True, slots=True)
class Preview:
    """One message; `step` is None for the answer itself."""

    step: str | None
    bubble: Bubble


async def preview(
    rehearser: Rehearser, content: TopicContent, language: str, channel: str, today: date
) -> list[Preview]:
    found = as_told(content, language, verified_on=today, valid_until=today + _HOLDS)
    if found is None:
        return []
    told = await rehearser.tell(found, language)
    return [Preview(step, show(message, channel)) for step, message in told]


def advise(content: TopicContent, _: Translate) -> dict[str, str]:
    """What is allowed and could be easier to read, by field of the form."""
    found = {
        form_field(name): " ".join(_advice(text, language, _))
        for name, language, text in content.every_text()
    }
    return {name: advice for name, advice in found.items() if advice}


def _advice(text: str, language: str, _: Translate) -> Iterator[str]:
    average = count_sentence_words(text)
    if average > LONGEST_AVERAGE_SENTENCE:
        yield _("Long sentences: %(number)d words on average. Aim at 15.") % {"number": average}
    ease = read_ease(text) if language == FALLBACK else None
    if ease is not None and ease.perspicuity < FLOOR:
        yield _("Hard to read. Use shorter words and sentences.")
