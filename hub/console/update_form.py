"""The form of an update: from what the browser sent to a draft, and back. Stores nothing."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.audience import Audience
from broadcast.policy import Policy
from broadcast.subject import Finding
from broadcast.versions import Draft
from content.areas import AreaBook, to_area
from content.models import AreaRow, Topic
from hub.console.frame import Console, Visitor
from hub.i18n import Translate

LONGEST_TITLE = 120
LONGEST_TEXT = 1600
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
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """What may be chosen: pairs of value and label."""

    languages: list[tuple[str, str]]
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
        departments=[code for code in areas if len(code) == 2],
        places="\n".join(_name_place(code, book) for code in areas if len(code) > 2),
        reached_by=draft.audience.reached_by or "",
        send_at=_spell_moment(draft.send_at, policy.timezone),
        not_after=_spell_moment(draft.not_after, policy.timezone),
    )


def empty_form(policy: Policy, now: datetime) -> Form:
    until = _spell_moment(now + policy.default_life, policy.timezone)
    return Form("", {}, (), (), (), (), "", "", "", until)


def read_audience(form: Form, book: AreaBook, _: Translate) -> Audience:
    """The audience that the form describes; places that nobody knows become errors of the form."""
    codes = list(form.departments)
    for line in filter(None, (part.strip() for part in re.split(r"[\n,;]", form.places))):
        code = _find_place(line, book)
        if code is None:
            form.errors["places"] = _("There is no place called “%(name)s”.") % {"name": line}
        else:
            codes.append(code)
    return Audience(
        languages=tuple(form.languages),
        areas=tuple(codes),
        interests=tuple(form.interests),
        channels=tuple(form.channels),
        reached_by=form.reached_by or None,
    )


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
    return Draft(form.title, form.texts, audience, send_at, not_after or now + policy.default_life)


def explain_findings(findings: Sequence[Finding], translate: Translate) -> dict[str, str]:
    """Phrases by the form's fields; the first finding of a field counts."""
    phrases: dict[str, str] = {}
    for finding in findings:
        place = _FIELDS.get(finding.place, finding.place.replace("text.", "text_"))
        phrases.setdefault(place, translate(finding.words) % dict(finding.values))
    return phrases


_FIELDS: Mapping[str, str] = {"areas": "places", "audience": "languages"}


async def load_areas(session: AsyncSession) -> AreaBook:
    rows = await session.scalars(select(AreaRow).order_by(AreaRow.code))
    return AreaBook(to_area(row) for row in rows)


async def list_departments(session: AsyncSession) -> list[tuple[str, str]]:
    query = select(AreaRow.code, AreaRow.name).where(AreaRow.parent.is_(None))
    rows = await session.execute(query.order_by(AreaRow.name))
    return [(code, name) for code, name in rows]


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


def _find_place(line: str, book: AreaBook) -> str | None:
    code = _CODE.search(line)
    if code is not None:
        return code.group() if book.get(code.group()) else None
    area = book.resolve(line)
    return area.code if area else None


def _name_place(code: str, book: AreaBook) -> str:
    area = book.get(code)
    return f"{area.name} ({code})" if area else code
