"""How long a pack's texts get as people receive them, with source, dates, code and buttons, against
what each channel carries in one message."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from bot import phrases
from bot.channels import telegram, whatsapp
from bot.channels.wire_text import with_numbered_lines
from bot.messages import Button, Outbound
from bot.proof_phrases import step_name
from content.answers import Answer, Source, Step
from content.pack import Pack, TopicContent
from content.previewing import as_told
from hub.i18n import Phrases, Translate

_LIMITS = {
    "Telegram": telegram.CAPABILITIES.text_length,
    "WhatsApp": whatsapp.CAPABILITIES.text_length,
}
_DAY = date(2026, 12, 28)  # as long as a date gets
_BUTTONS = 3


def describe_lengths(pack: Pack) -> Iterator[str]:
    """One line a channel: the longest message of the pack, and whether it fits."""
    longest, where = max(_measure(pack), default=(0, "-"))
    for channel, limit in _LIMITS.items():
        verdict = "fits" if longest <= limit else "DOES NOT FIT"
        yield f"longest message on {channel}: {longest} of {limit} characters ({where}), {verdict}"


def _measure(pack: Pack) -> Iterator[tuple[int, str]]:
    spoken = Phrases("bot", pack.settings.every_language, words=pack.settings.lines)
    for topic in pack.topics:
        for language in topic.texts:
            _ = spoken.for_language(language)
            for part, text in _messages(_, topic, language):
                yield len(text), f"{topic.topic} {part} {language}"


def _messages(_: Translate, topic: TopicContent, language: str) -> Iterator[tuple[str, str]]:
    found = _as_told(topic, language)
    if topic.is_safety:  # told bare
        yield "text", found.text
        return
    yield "text", _with_buttons(_, phrases.answer(_, found, language))
    for step in found.steps:
        yield step.step, _with_buttons(_, phrases.step(_, found, step, language))


def _with_buttons(_: Translate, text: str) -> str:
    label = max((step_name(_, "if_it_goes_wrong"), phrases.near_me_button(_)), key=len)
    return with_numbered_lines(Outbound(text, (Button(label, "-"),) * _BUTTONS))


def _as_told(topic: TopicContent, language: str) -> Answer:
    sources = tuple(
        Source(one["id"], one["name"], one.get("url"), one["date"], one["confidence"])
        for one in topic.sources
    )
    longest = max(sources, key=lambda source: len(source.name), default=None)
    told = as_told(topic, language, verified_on=_DAY, valid_until=_DAY)
    if told is None:
        raise ValueError(f"{topic.topic}: no text in {language}")
    steps = topic.steps_in(language).items()
    return replace(
        told,
        sources=(longest,) if longest else (),
        steps=tuple(Step(step, text, longest, language) for step, text in steps),
    )
