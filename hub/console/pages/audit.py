"""The audit log: who did what, and whether its chain is whole. For administrators."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from hub.console.audit_details import Details
from hub.console.audit_words import action_names, kind_names
from hub.console.downloads import csv_file
from hub.console.forms import read_day
from hub.console.frame import PREFIX, Card, Page, Visitor
from hub.console.menu import PLATFORM
from hub.console.question_views import load_topics
from hub.console.words import role_names
from hub.i18n import noop
from hub.staff.audit_check import find_check
from hub.staff.audit_reading import AuditFilter, last_number, list_entries
from hub.staff.models import AuditEntry, Organisation, StaffMember
from hub.staff.roles import Permission

_PAGE = 50
_MOST_EXPORTED = 20_000
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(9000, 1, 1)
_MOST_DIGITS = 9  # PostgreSQL's integers end soon after
_FIELDS = ("actor", "action", "object_kind", "object_id", "since", "until")


async def show_audit(visitor: Visitor) -> Response:
    before = int(asked) if (asked := visitor.query("before")[:_MOST_DIGITS]).isdecimal() else None
    async with visitor.console.database.read() as session:
        found = await list_entries(session, _filter(visitor), before=before, limit=_PAGE + 1)
        people = await _people(session)
        check, last = await find_check(session), await last_number(session)
        details = await _details(visitor, session, people)
    chosen, entries = _chosen(visitor), found[:_PAGE]
    return visitor.render(
        "audit.html",
        entries=entries,
        people=people,
        actions=action_names(visitor._),
        kinds=kind_names(visitor._),
        chosen=chosen,
        check=check,
        newer=last - (check.whole_seq if check else 0),
        details=details.say,
        requests=visitor.console.requests,
        older=f"{PREFIX}/audit?{urlencode({**chosen, 'before': entries[-1].seq})}"
        if len(found) > _PAGE
        else "",
        newest=f"{PREFIX}/audit?{urlencode(chosen)}" if before else "",
        export=f"{PREFIX}/audit/entries.csv?{urlencode(chosen)}",
    )


async def export_audit(visitor: Visitor) -> Response:
    """What the filter finds, at most `_MOST_EXPORTED` lines, as CSV without formulas (SEC-43)."""
    async with visitor.console.database.read() as session:
        entries = await list_entries(session, _filter(visitor), limit=_MOST_EXPORTED)
        people = await _people(session)
    _ = visitor._
    heading = (_("Number"), _("When"), _("Who"), _("What"), _("Kind"), _("Object"), _("Details"))
    return csv_file("audit.csv", heading, _in_cells(visitor, entries, people))


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    """Only what nobody should overlook: the log was changed."""
    if not visitor.can(Permission.AUDIT_READ):
        return []
    check = await find_check(session)
    if check is None or check.broken_seq is None:
        return []
    title, advice = (
        visitor._("The audit log is broken"),
        visitor._("Somebody changed what happened"),
    )
    return [Card(title, 1, advice, "/audit", "bad")]


def _filter(visitor: Visitor) -> AuditFilter:
    since, until = read_day(visitor.query("since")), read_day(visitor.query("until"))
    zone = ZoneInfo(visitor.console.config.timezone)
    first = datetime.combine(_near(since), time(), zone) if since else None
    end = datetime.combine(_near(until) + timedelta(days=1), time(), zone) if until else None
    return AuditFilter(
        visitor.query("actor")[:64],
        visitor.query("action")[:64],
        visitor.query("object_kind")[:32],
        visitor.query("object_id")[:64],
        first,
        end,
    )


def _near(day: date) -> date:
    """Within what every zone and database can turn into a moment."""
    return min(max(day, _FIRST_DAY), _LAST_DAY)


def _chosen(visitor: Visitor) -> dict[str, str]:
    return {name: visitor.query(name) for name in _FIELDS}


async def _people(session: AsyncSession) -> dict[str, str]:
    """Staff are few, so one look-up names everybody on the page and in the filter."""
    rows = await session.execute(
        select(StaffMember.id, StaffMember.display_name).order_by(StaffMember.display_name)
    )
    return {row.id: row.display_name for row in rows}


async def _details(visitor: Visitor, session: AsyncSession, people: Mapping[str, str]) -> Details:
    rows = await session.execute(select(Organisation.id, Organisation.name))
    return Details(
        translate=visitor._,
        languages=visitor.console.config.names,
        known={**people, **{row.id: row.name for row in rows}},
        topics=await load_topics(session, visitor.language),
        spell_moment=lambda moment: visitor.console.templates.format_moment(
            moment, visitor.language
        ),
    )


def _detail(entry: AuditEntry, names: Mapping[str, str]) -> str:
    """As it was recorded, with the names of people and roles; what was empty is left out."""
    parts = ((name, _in_words(value, names)) for name, value in entry.detail.items())
    return "; ".join(f"{name}: {words}" for name, words in parts if words)


def _in_words(value: object, names: Mapping[str, str]) -> str:
    if isinstance(value, list):
        return ", ".join(_in_words(one, names) for one in value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return names.get(text, text)


def _in_cells(
    visitor: Visitor, entries: list[AuditEntry], people: dict[str, str]
) -> Iterator[tuple[object, ...]]:
    names = {**role_names(visitor._), **people}
    for entry in entries:
        yield (
            entry.seq,
            entry.at.isoformat(timespec="seconds"),
            people.get(entry.actor, entry.actor),
            entry.action,
            entry.object_kind,
            entry.object_id,
            _detail(entry, names),
        )


PAGES = (
    Page("/audit", Permission.AUDIT_READ, show_audit, nav=noop("Audit"), nav_under=PLATFORM),
    Page("/audit/entries.csv", Permission.AUDIT_READ, export_audit),
)
