"""What the page of one person shows beside their record, and what their export holds.

Never the whole address, and no words: neither the person's nor those of a case.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import phrases
from bot.contact_desk import Record, load_record
from bot.models import OutboxRow
from bot.question_models import UnansweredQuestion
from broadcast.models import Delivery, Update
from content.models import AreaRow
from hub.console.frame import Visitor
from hub.staff.models import PendingAct

_MOST_UPDATES = 100
EXPORT_HOLDS_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Exposure:
    """One update that was meant for this person."""

    update_id: str
    title: str
    channel: str
    language: str
    state: str
    at: datetime


@dataclass(frozen=True)
class Sheet:
    record: Record
    area: str
    updates: Sequence[Exposure]
    replies: int
    questions: int


async def load_sheet(visitor: Visitor, session: AsyncSession, contact_id: str) -> Sheet | None:
    record = await load_record(session, visitor.console.vault, contact_id)
    if record is None:
        return None
    area = await session.get(AreaRow, record.contact.area) if record.contact.area else None
    replies = select(func.count()).where(OutboxRow.contact_id == contact_id)
    questions = select(func.count()).where(UnansweredQuestion.contact_id == contact_id)
    return Sheet(
        record=record,
        area=area.name if area else "",
        updates=await _load_updates(session, contact_id),
        replies=await session.scalar(replies) or 0,
        questions=await session.scalar(questions) or 0,
    )


async def _load_updates(session: AsyncSession, contact_id: str) -> list[Exposure]:
    rows = await session.execute(
        select(Delivery, Update.title)
        .join(Update, Update.id == Delivery.update_id)
        .where(Delivery.contact_id == contact_id)
        .order_by(Delivery.due_at.desc(), Delivery.id)
        .limit(_MOST_UPDATES)
    )
    return [
        Exposure(row.update_id, title, row.channel, row.language, row.state, row.due_at)
        for row, title in rows
    ]


def write_export(visitor: Visitor, sheet: Sheet, act: PendingAct) -> str:
    """What is kept about the person, for the person: in their language, then as data (HUM-10).

    It says what it is for, who asked and approved, and until when it may be kept (HUM-15).
    """
    contact, now = sheet.record.contact, visitor.now
    config = visitor.console.config
    language = contact.language or config.default_language
    told = phrases.my_data(
        visitor.console.bot.for_language(language),
        language=config.names.get(language, language),
        updates=any(way.opted_in_at for way in sheet.record.ways),
        days=config.retention.message_days,
        area=sheet.area or None,
    )
    held = {
        "export": {
            "purpose": act.reason,
            "request": act.id,
            "asked_by": act.requested_by,
            "approved_by": act.decided_by,
            "made_at": now.isoformat(),
            "delete_after": (now + EXPORT_HOLDS_FOR).date().isoformat(),
        },
        "told_to_the_person": told,
        **_held(sheet),
    }
    return json.dumps(held, ensure_ascii=False, indent=2) + "\n"


def _held(sheet: Sheet) -> dict[str, object]:
    contact = sheet.record.contact
    return {
        "language": contact.language,
        "area": contact.area,
        "time_zone": contact.time_zone,
        "interests": contact.interests,
        "first_seen": contact.created_at.isoformat(),
        "last_seen": contact.last_seen_at.isoformat(),
        "addresses": [
            {
                "channel": way.channel,
                "ends_in": way.masked,
                "updates_since": _iso(way.opted_in_at),
                "blocked_us": _iso(way.blocked_at),
            }
            for way in sheet.record.ways
        ],
        "consent_history": [
            {
                "event": event.event,
                "at": event.at.isoformat(),
                "channel": event.channel,
                "language": event.language,
                "text_version": event.text_version,
            }
            for event in sheet.record.consents
        ],
        "updates": [
            {
                "title": each.title,
                "at": each.at.isoformat(),
                "channel": each.channel,
                "language": each.language,
                "state": each.state,
            }
            for each in sheet.updates
        ],
        "replies_on_record": sheet.replies,
        "unanswered_questions_on_record": sheet.questions,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
