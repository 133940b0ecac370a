"""The checks that an update must pass before it is handed over and again before it is approved.

Plain functions over plain values: each yields findings that name the field and say what to mend.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.text import fold
from broadcast.links import find_links, is_allowed, is_shortened, is_whole
from broadcast.models import Update
from broadcast.policy import Policy
from broadcast.quiet import after_quiet
from broadcast.reckoning import Counted, count_people
from broadcast.subject import Finding, Subject, read_subject
from broadcast.templates import find_mistakes
from content.agreement import find_months
from hub.i18n import noop, own_name

_SHORTEST_REASON = 10
_PREVIEW = 40  # characters that a phone shows on a locked screen

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
                words = ""
            if words:
                yield Finding(f"text.{language}", words, {"link": link})
            elif not is_allowed(link, subject.policy.links):
                words = noop("Links go to known hosts only, and “%(link)s” does not.")
                yield Finding(f"text.{language}", words, {"link": link})


def check_same_links(subject: Subject) -> Iterator[Finding]:
    default = subject.policy.default_language
    expected = set(find_links(subject.texts.get(default, "")))
    for language, text in subject.texts.items():
        differing = expected.symmetric_difference(find_links(text))
        if default in subject.texts and differing:
            yield Finding(
                f"text.{language}",
                noop("The links differ from %(default)s: %(links)s"),
                {"default": own_name(default), "links": ", ".join(sorted(differing))},
            )


def check_months(subject: Subject) -> Iterator[Finding]:
    """Days are figures and compared as such; the month beside them is a word."""
    default = subject.policy.default_language
    expected = find_months(subject.texts.get(default, ""), default)
    for language, text in subject.texts.items():
        found = find_months(text, language)
        if default in subject.texts and None not in (expected, found) and expected != found:
            words = noop("The months of the dates differ from %(default)s.")
            yield Finding(f"text.{language}", words, {"default": own_name(default)})


def check_audience(subject: Subject) -> Iterator[Finding]:
    for code in subject.unknown_areas:
        yield Finding("areas", noop("There is no area %(code)s."), {"code": code})
    if subject.people == 0:
        yield Finding("audience", noop("Nobody is in this audience. Choose a wider one."))
    if subject.outside_window and set(subject.texts) - set(subject.templates):
        yield Finding(
            "audience",
            noop(
                "%(count)s of these people wrote to us too long ago for free text. Without a "
                "template in their language they will not get it."
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
    begins, policy = max(subject.now, subject.send_at or subject.now), subject.policy
    if not policy.rests_at(begins):
        return
    if subject.is_life_safety:
        words = noop("It would arrive at %(time)s, when people sleep. Is it that urgent?")
        local = begins.astimezone(policy.timezone)
        yield Finding("send_at", words, {"time": f"{local:%H:%M}"}, blocks=False)
        return
    wakes = after_quiet(begins, policy.quiet, policy.timezone)
    values = {"time": f"{wakes.astimezone(policy.timezone):%H:%M}"}
    if subject.not_after <= wakes:
        yield Finding(
            "not_after",
            noop("It waits until people wake at %(time)s, and is over by then. Set a later end."),
            values,
        )
    else:
        words = noop("People sleep then: it waits until %(time)s.")
        yield Finding("send_at", words, values, blocks=False)


def check_urgency(subject: Subject) -> Iterator[Finding]:
    """What passes the night or the weekly share does so openly."""
    if subject.urgency is None:
        return
    if len(subject.urgency) < _SHORTEST_REASON:
        yield Finding("urgency", noop("Say in a sentence why it cannot wait."))
    if subject.is_life_safety:
        words = noop(
            "To save lives: it goes out at night too, so two people have to approve it, and every "
            "approver is told."
        )
    else:
        words = noop(
            "Urgent: it passes the weekly limit, and every approver is told. At night it waits for "
            "the morning."
        )
    yield Finding("urgency", words, blocks=False)


def check_repetition(subject: Subject) -> Iterator[Finding]:
    repetition = subject.repetition
    if repetition is None:
        return
    begins = max(subject.now, subject.send_at or subject.now)
    if subject.not_after > begins + timedelta(days=repetition.days):
        words = noop(
            "Set an end before the next time it is sent, or people could get both at once."
        )
        yield Finding("not_after", words)
    if repetition.until < begins + timedelta(days=repetition.days):
        words = noop("It would not be sent a second time: choose a later last day.")
        yield Finding("repeat_until", words)


def check_templates(subject: Subject) -> Iterator[Finding]:
    """A template is read instead of the text, so the same holds for it."""
    for language, template in subject.templates.items():
        place = f"template.{language}"
        for words in find_mistakes(template):
            yield Finding(place, words)
        telling = _TELLING.search(fold(template.text[:_PREVIEW]))
        if telling:
            yield Finding(
                place,
                noop("Begin neutrally: “%(word)s…” tells something about the reader."),
                {"word": telling.group()},
            )
        known = set(find_links(subject.texts.get(language, "")))
        for link in find_links(template.text):
            if link not in known:
                words = noop("The template links to “%(link)s”, which the text does not.")
                yield Finding(place, words, {"link": link})
        more = set(_digits(template.text)) - set(_digits(subject.texts.get(language, "")))
        if more:
            words = noop("The template has numbers that the text has not: %(numbers)s")
            yield Finding(place, words, {"numbers": _listed(sorted(more))})


def check_trial(subject: Subject) -> Iterator[Finding]:
    """HUM-42: on a phone one sees what no form shows."""
    if not subject.was_tried:
        yield Finding("trial", noop("Nobody has read this version on a phone yet."), blocks=False)


def check_checked(subject: Subject) -> Iterator[Finding]:
    """The language gate: a warning for the approver, or a refusal where the deployment says so."""
    if subject.policy.require_checked_languages:
        words = noop(
            "Nobody who speaks this language has checked it. Save the draft: on its page somebody "
            "who speaks it can say that it is right."
        )
        yield from (Finding(f"text.{language}", words) for language in subject.unchecked)
    elif subject.unchecked:
        names = ", ".join(subject.policy.name_of(language) for language in subject.unchecked)
        words = noop("Nobody who speaks these languages has checked the text: %(languages)s")
        yield Finding("checked", words, {"languages": names}, blocks=False)


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
    check_urgency,
    check_repetition,
    check_same_links,
    check_months,
    check_templates,
    check_trial,
    check_checked,
)


def check(subject: Subject) -> list[Finding]:
    return [finding for rule in RULES for finding in rule(subject)]


async def verify(
    session: AsyncSession,
    row: Update,
    policy: Policy,
    now: datetime,
    counted: Counted | None = None,
) -> list[Finding]:
    """What the checks find in an update as it is stored now."""
    counted = counted or await count_people(session, row, policy, now)
    return check(await read_subject(session, row, policy, now, counted.count))


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
