"""The checks that an update must pass before it is handed over and again before it is approved.

Plain functions over plain values: each yields findings that name the field and say what to mend.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, time

from sqlalchemy.ext.asyncio import AsyncSession

from bot.text import fold
from broadcast.links import find_links, is_shortened, is_whole
from broadcast.models import Update
from broadcast.policy import Policy
from broadcast.subject import Finding, Subject, read_subject
from hub.i18n import noop, own_name

_PREVIEW = 40  # characters that a phone shows on a locked screen
_QUIET_FROM, _QUIET_UNTIL = time(21), time(8)

# Beginnings of folded words that tell who the reader is or what troubles them (HUM-27).
_TELLING = re.compile(
    r"\b(?:refugi|refijye|asil|asyl|azil|migra|imigra|emigra|violen|vyolans|vih\b|hiv\b|sida\b"
    r"|aids\b|abus|trata de person|trafic|traffick|trafik|deport|expuls|irregular|victim|viktim"
    r"|venez|haiti|ayisyen|cuban|colombian|kolonbyen|embaraz|pregnan|gravid|enceint|ansent|abort"
    r"|avort)"
)
_DIGITS = re.compile(r"\d+")


def check_title(subject: Subject) -> Iterator[Finding]:
    if not subject.title.strip():
        yield Finding("title", noop("Give the update a title, so that colleagues can find it."))


def check_languages(subject: Subject) -> Iterator[Finding]:
    default = subject.policy.default_language
    if default not in subject.texts:
        yield Finding(
            f"text.{default}",
            noop("Write this text: everybody without a text in their own language gets it."),
        )
    if len(subject.texts) < 2:
        missing = next(name for name in subject.policy.languages if name != default)
        yield Finding(f"text.{missing}", noop("Write the update in at least two languages."))


def check_length(subject: Subject) -> Iterator[Finding]:
    for language, text in subject.texts.items():
        if subject.text_length is not None and len(text) > subject.text_length:
            yield Finding(
                f"text.{language}",
                noop("Shorten this text by %(excess)s characters, or leave a channel out."),
                {"excess": len(text) - subject.text_length},
            )


def check_preview(subject: Subject) -> Iterator[Finding]:
    for language, text in subject.texts.items():
        telling = _TELLING.search(fold(text[:_PREVIEW]))
        if telling:
            yield Finding(
                f"text.{language}",
                noop(
                    "Begin neutrally: a locked phone shows the first 40 characters to others, "
                    "and “%(word)s…” tells something about the reader."
                ),
                {"word": telling.group()},
            )


def check_digits(subject: Subject) -> Iterator[Finding]:
    """A date, amount or number that differs between languages is most often a slip."""
    default = subject.policy.default_language
    if default not in subject.texts:
        return
    expected = _digits(subject.texts[default])
    for language, text in subject.texts.items():
        found = _digits(text)
        if found != expected:
            yield Finding(
                f"text.{language}",
                noop("The numbers differ from %(default)s: here %(here)s, there %(there)s."),
                {
                    "default": own_name(default),
                    "here": _listed(found),
                    "there": _listed(expected),
                },
            )


def check_links(subject: Subject) -> Iterator[Finding]:
    for language, text in subject.texts.items():
        for link in find_links(text):
            if is_shortened(link):
                words = noop("Write the whole address: “%(link)s” hides where it leads.")
            elif not is_whole(link):
                words = noop("Write links as https:// with a name: “%(link)s” is not.")
            else:
                continue
            yield Finding(f"text.{language}", words, {"link": link})


def check_audience(subject: Subject) -> Iterator[Finding]:
    for code in subject.unknown_areas:
        yield Finding("areas", noop("There is no area %(code)s."), {"code": code})
    if subject.people == 0:
        yield Finding("audience", noop("Nobody is in this audience. Choose a wider one."))
    if subject.outside_window:
        yield Finding(
            "audience",
            noop(
                "%(count)s of these people wrote to us too long ago for their channel and will not "
                "get it."
            ),
            {"count": subject.outside_window},
            blocks=False,
        )


def check_times(subject: Subject) -> Iterator[Finding]:
    begins = max(subject.now, subject.send_at or subject.now)
    if subject.not_after <= begins + subject.policy.undo:
        yield Finding("not_after", noop("Set an end that is later than the beginning."))
    if subject.send_at is not None and subject.send_at < subject.now:
        yield Finding("send_at", noop("This moment is over: it would leave at once."), blocks=False)


def check_quiet_hours(subject: Subject) -> Iterator[Finding]:
    begins = max(subject.now, subject.send_at or subject.now).astimezone(subject.policy.timezone)
    if not _QUIET_UNTIL <= begins.time() < _QUIET_FROM:
        yield Finding(
            "send_at",
            noop("It would arrive at %(time)s, when people sleep. Is it that urgent?"),
            {"time": f"{begins:%H:%M}"},
            blocks=False,
        )


RULES: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_title,
    check_languages,
    check_length,
    check_preview,
    check_digits,
    check_links,
    check_audience,
    check_times,
    check_quiet_hours,
)


def check(subject: Subject) -> list[Finding]:
    return [finding for rule in RULES for finding in rule(subject)]


async def verify(
    session: AsyncSession, row: Update, policy: Policy, now: datetime
) -> list[Finding]:
    """What the checks find in an update as it is stored now."""
    return check(await read_subject(session, row, policy, now))


async def find_faults(
    session: AsyncSession, row: Update, policy: Policy, now: datetime
) -> list[Finding]:
    """The findings that must be mended before anybody may approve."""
    return [finding for finding in await verify(session, row, policy, now) if finding.blocks]


def _digits(text: str) -> list[str]:
    for link in find_links(text):
        text = text.replace(link, " ")
    return sorted(_DIGITS.findall(text))


def _listed(numbers: list[str]) -> str:
    return ", ".join(numbers) or "–"
