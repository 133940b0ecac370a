"""The form of an update: from what the browser sent to a draft, and back. Stores nothing."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import TypedDict
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.audience import Audience, Criteria
from broadcast.policy import Policy
from broadcast.subject import Finding
from broadcast.versions import Draft, Repetition
from content.areas import AreaBook
from content.codes import find_codes
from content.models import Answer, AreaRow, Topic
from hub.console.frame import Console, Visitor
from hub.console.template_form import TypedTemplate, type_templates
from hub.i18n import Translate

LONGEST_TITLE = 120
LONGEST_TEXT = 1600
LONGEST_URGENCY = 300
MOST_DAYS = 366
_DEPARTMENT = 2  # digits of its code
_LOCAL = "%Y-%m-%dT%H:%M"
_CODE = re.compile(r"\b\d{2,6}\b", re.ASCII)

Typed = Callable[[str], str]
Picked = Callable[[str], Sequence[str]]


@dataclass
class Form:
    """What the page shows: as typed, so that a refused form loses nothing."""

    title: str
    texts: dict[str, str]
    languages: Sequence[str]
    channels: Sequence[str]
    interests: Sequence[str]
    departments: Sequence[str]
    places: str
    reached_by: str
    send_at: str
    not_after: str
    without_languages: Sequence[str] = ()
    without_channels: Sequence[str] = ()
    without_interests: Sequence[str] = ()
    without_places: str = ""
    seen_within: str = ""
    new_within: str = ""
    told_answer: str = ""
    answer: str = ""
    owner: str = ""
    urgency: str = ""
    life_safety: bool = False
    repeat_days: str = ""
    repeat_until: str = ""
    templates: dict[str, TypedTemplate] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


class _More(TypedDict):
    without_languages: Sequence[str]
    without_channels: Sequence[str]
    without_interests: Sequence[str]
    without_places: str
    seen_within: str
    new_within: str
    told_answer: str
    owner: str
    urgency: str
    life_safety: bool
    repeat_days: str
    repeat_until: str
    templates: dict[str, TypedTemplate]


@dataclass(frozen=True)
class Options:
    """What may be chosen: pairs of value and label."""

    languages: list[tuple[str, str]]
    owners: list[tuple[str, str]]
    interests: list[tuple[str, str]]
    departments: list[tuple[str, str]]


def policy_of(console: Console) -> Policy:
    return Policy.build(console.config, console.bot)


def read_form(visitor: Visitor) -> Form:
    """A form as posted."""
    return _read(visitor, visitor.field, visitor.choices)


def read_query(visitor: Visitor) -> Form:
    """The same fields in the address, where only the audience matters."""
    return _read(visitor, visitor.query, visitor.request.query_params.getlist)


def fill_form(draft: Draft, book: AreaBook, policy: Policy) -> Form:
    """A form that shows a stored draft."""
    areas = draft.audience.areas
    return Form(
        title=draft.title,
        texts=dict(draft.texts),
        languages=draft.audience.languages,
        channels=draft.audience.channels,
        interests=draft.audience.interests,
        departments=[code for code in areas if len(code) == _DEPARTMENT],
        places="\n".join(_name_place(code, book) for code in areas if len(code) > _DEPARTMENT),
        reached_by=draft.audience.reached_by or "",
        send_at=_spell_moment(draft.send_at, policy.timezone),
        not_after=_spell_moment(draft.not_after, policy.timezone),
        **_fill_more(draft, book, policy),
    )


def _fill_more(draft: Draft, book: AreaBook, policy: Policy) -> _More:
    audience, repetition = draft.audience, draft.repetition
    until = repetition.until.astimezone(policy.timezone) if repetition else None
    return _More(
        without_languages=audience.excluded.languages,
        without_channels=audience.excluded.channels,
        without_interests=audience.excluded.interests,
        without_places="\n".join(_name_place(code, book) for code in audience.excluded.areas),
        seen_within=_spell_days(audience.seen_within_days),
        new_within=_spell_days(audience.new_within_days),
        told_answer=audience.told_answer or "",
        owner=draft.owner or "",
        urgency=draft.urgency or "",
        life_safety=draft.is_life_safety,
        repeat_days=_spell_days(repetition.days if repetition else None),
        repeat_until=until.date().isoformat() if until else "",
        templates={name: TypedTemplate.show(each) for name, each in draft.templates.items()},
    )


def empty_form(policy: Policy, now: datetime) -> Form:
    until = _spell_moment(now + policy.default_life, policy.timezone)
    return Form("", {}, (), (), (), (), "", "", "", until)


def read_audience(form: Form, book: AreaBook, _: Translate) -> Audience:
    """The audience that the form describes; places that nobody knows become errors of the form."""
    return Audience(
        languages=tuple(form.languages),
        areas=(*form.departments, *_read_places(form, "places", form.places, book, _)),
        interests=tuple(form.interests),
        channels=tuple(form.channels),
        reached_by=form.reached_by or None,
        told_answer=form.told_answer or None,
        seen_within_days=_read_days(form, "seen_within", form.seen_within, _),
        new_within_days=_read_days(form, "new_within", form.new_within, _),
        excluded=Criteria(
            languages=tuple(form.without_languages),
            areas=tuple(_read_places(form, "without_places", form.without_places, book, _)),
            interests=tuple(form.without_interests),
            channels=tuple(form.without_channels),
        ),
    )


def _read_places(form: Form, name: str, typed: str, book: AreaBook, _: Translate) -> Iterator[str]:
    for line in filter(None, (part.strip() for part in re.split(r"[\n,;]", typed))):
        code = _find_place(line, book)
        if code is None:
            form.errors[name] = _("There is no place called “%(name)s”.") % {"name": line}
        else:
            yield code


def _read_days(form: Form, name: str, typed: str, _: Translate) -> int | None:
    """None for an empty field, and for one that is wrong, which becomes an error of the form."""
    if not typed:
        return None
    if typed.isascii() and typed.isdecimal() and 0 < int(typed[:4]) <= MOST_DAYS:
        return int(typed[:4])
    form.errors[name] = _("Write a number of days, at most %(most)s.") % {"most": MOST_DAYS}
    return None


def _read_repetition(form: Form, policy: Policy, _: Translate) -> Repetition | None:
    days = _read_days(form, "repeat_days", form.repeat_days, _)
    if days is None:
        return None
    try:
        last = datetime.combine(date.fromisoformat(form.repeat_until), time.max, policy.timezone)
    except ValueError:
        form.errors["repeat_until"] = _("Write the last day on which it may be sent again.")
        return None
    return Repetition(days, last.replace(microsecond=0))


async def link_answer(session: AsyncSession, form: Form, draft: Draft, _: Translate) -> Draft:
    """The draft with the answer whose code was typed; a code that nobody knows is an error."""
    if not form.answer:
        return draft
    query = select(Answer.id).where(Answer.code.in_(find_codes(form.answer)))
    answer_id = await session.scalar(query.limit(1))
    if answer_id is None:
        form.errors["answer"] = _("No answer has this code.")
    return replace(draft, answer_id=answer_id)


async def read_answer_code(session: AsyncSession, answer_id: str | None) -> str:
    answer = await session.get(Answer, answer_id) if answer_id else None
    return (answer.code or "") if answer else ""


def read_draft_from(
    form: Form, book: AreaBook, policy: Policy, now: datetime, _: Translate
) -> Draft:
    """The draft that the form describes; see `form.errors` before using it."""
    audience = read_audience(form, book, _)
    if not form.title or len(form.title) > LONGEST_TITLE:
        form.errors["title"] = _("Give the update a title, so that colleagues can find it.")
    send_at = _read_moment(form, "send_at", form.send_at, policy, _)
    not_after = _read_moment(form, "not_after", form.not_after, policy, _)
    if not_after is not None and send_at is not None and send_at >= not_after:
        form.errors["not_after"] = _("Set an end that is later than the beginning.")
    if form.life_safety and not form.urgency:
        form.errors["urgency"] = _("Say why it cannot wait for the morning.")
    return Draft(
        form.title,
        form.texts,
        audience,
        send_at,
        not_after or now + policy.default_life,
        urgency=form.urgency or None,
        is_life_safety=form.life_safety,
        owner=form.owner or None,
        repetition=_read_repetition(form, policy, _),
        templates={name: each.read() for name, each in form.templates.items()},
    )


def explain_findings(findings: Sequence[Finding], translate: Translate) -> dict[str, str]:
    """Phrases by the form's fields; the first finding of a field counts."""
    phrases: dict[str, str] = {}
    for finding in findings:
        place = _FIELDS.get(finding.place, finding.place.replace(".", "_"))
        phrases.setdefault(place, translate(finding.words) % dict(finding.values))
    return phrases


_FIELDS: Mapping[str, str] = {"areas": "places", "audience": "languages", "trial": "title"}


async def load_areas(session: AsyncSession) -> AreaBook:
    return await AreaBook.read(session)


async def list_areas(session: AsyncSession, parent: str | None = None) -> list[tuple[str, str]]:
    """Code and name of the areas right below one; without one, the departments."""
    query = select(AreaRow.code, AreaRow.name).where(AreaRow.parent == parent)
    rows = await session.execute(query.order_by(AreaRow.name))
    return [(code, name) for code, name in rows]


def spell_places(form: Form, book: AreaBook) -> None:
    """Provinces and districts ticked in the tree go to the lines of places, since the tree is open
    only as far as somebody opened it."""
    ticked = [code for code in form.departments if len(code) > _DEPARTMENT]
    form.departments = [code for code in form.departments if len(code) == _DEPARTMENT]
    lines = [line for line in form.places.splitlines() if line.strip()]
    form.places = "\n".join(dict.fromkeys([*lines, *(_name_place(code, book) for code in ticked)]))


async def list_interests(session: AsyncSession) -> Sequence[str]:
    query = select(Topic.owner).distinct().order_by(Topic.owner)
    return (await session.scalars(query)).all()


def _read(visitor: Visitor, typed: Typed, picked: Picked) -> Form:
    languages = visitor.console.config.languages
    texts = {language: typed(f"text_{language}") for language in languages}
    return Form(
        title=typed("title"),
        texts={language: text for language, text in texts.items() if text},
        languages=[name for name in picked("languages") if name in languages],
        channels=tuple(picked("channels")),
        interests=tuple(picked("interests")),
        departments=tuple(picked("departments")),
        places=typed("places"),
        reached_by=typed("reached_by"),
        send_at=typed("send_at"),
        not_after=typed("not_after"),
        without_languages=[name for name in picked("without_languages") if name in languages],
        without_channels=tuple(picked("without_channels")),
        without_interests=tuple(picked("without_interests")),
        without_places=typed("without_places"),
        seen_within=typed("seen_within"),
        new_within=typed("new_within"),
        told_answer=typed("told_answer"),
        answer=typed("answer"),
        owner=typed("owner"),
        urgency=typed("urgency")[:LONGEST_URGENCY],
        life_safety="yes" in picked("life_safety"),
        repeat_days=typed("repeat_days"),
        repeat_until=typed("repeat_until"),
        templates=type_templates(languages, typed),
    )


def _read_moment(
    form: Form, name: str, typed: str, policy: Policy, _: Translate
) -> datetime | None:
    if not typed and name == "send_at":
        return None
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=policy.timezone)
    except ValueError:
        form.errors[name] = _("Write a day and an hour.")
        return None


def _spell_moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime(_LOCAL) if moment else ""


def _spell_days(days: int | None) -> str:
    return str(days) if days is not None else ""


def _find_place(line: str, book: AreaBook) -> str | None:
    code = _CODE.search(line)
    if code is not None:
        return code.group() if book.get(code.group()) else None
    area = book.resolve(line)
    return area.code if area else None


def _name_place(code: str, book: AreaBook) -> str:
    area = book.get(code)
    return f"{area.name} ({code})" if area else code
