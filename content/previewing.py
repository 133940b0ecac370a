"""A version as it would be told, before anybody has verified it: for showing to staff only.

What people are told comes from `content.answers`, which reads approved rows.
"""

from collections.abc import Iterator
from datetime import date

from content.answers import Answer, Step, source_of, to_source
from content.codes import LENGTH
from content.pack import STEPS, TopicContent
from hub.i18n import FALLBACK

NO_CODE = "·" * LENGTH  # where the code of an approved version will stand


def as_told(
    content: TopicContent, language: str, *, verified_on: date, valid_until: date
) -> Answer | None:
    """None where there is no text, in this language or in Spanish, which stands in for others."""
    told_in = language if content.texts.get(language) else FALLBACK
    text = content.texts.get(told_in)
    if not text:
        return None
    return Answer(
        topic=content.topic,
        version=0,
        answer_id="",
        language=told_in,
        text=text,
        sources=tuple(to_source(_complete(source)) for source in content.sources),
        verified_on=verified_on,
        valid_until=valid_until,
        is_demonstration=False,
        title=content.titles.get(told_in, ""),
        related=content.related,
        need=content.need,
        handover=content.handover,
        sensitive=content.sensitive,
        owner=content.owner,
        code=NO_CODE,
        steps=tuple(_steps(content, language)),
    )


def _steps(content: TopicContent, language: str) -> Iterator[Step]:
    mine, spanish = content.steps_in(language), content.steps_in(FALLBACK)
    sources = [_complete(source) for source in content.sources]
    for step in STEPS:
        text, told_in = (
            (mine.get(step), language) if mine.get(step) else (spanish.get(step), FALLBACK)
        )
        if text:
            yield Step(step, text, source_of(spanish.get(step, ""), sources), told_in)


def _complete(source: dict[str, object]) -> dict[str, object]:
    """A draft's source may lack what the rules ask for later."""
    return {"id": "", "name": "", "date": "", "confidence": "", **source}
