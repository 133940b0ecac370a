"""What people asked the platform to look at: requests for a person, rumours, and complaints.

Complaints are a queue of their own: what reads the others can never return one (HUM-30). Functions
work within the caller's transaction and never commit.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Case, InboxRow, Rating
from bot.turn import OpenCase
from hub.database import insert_if_new, new_id
from hub.vault import UnreadableValueError, Vault

# Of the words by which people agree to a case (`bot.form_phrases.confirm_…`); raise it when they
# change.
CASE_TEXT_VERSION = "2026-11"


class CaseKind(StrEnum):
    HANDOVER = "handover"
    RUMOUR = "rumour"
    COMPLAINT = "complaint"


class CaseState(StrEnum):
    OPEN = "open"
    ENDED = "ended"


# Whom the families of topics concern; complaints concern nobody of them.
SUB_GROUPS = {
    "papers": "protection",
    "health": "health and nutrition",
    "school": "education",
    "work": "integration",
    "basic_needs": "basic needs",
    "safety": "protection",
}
FOR_ANYTHING_ELSE = "protection"
FOR_RUMOURS = "communications"
FOR_COMPLAINTS = "complaints"


async def open_case(
    session: AsyncSession,
    vault: Vault,
    contact_id: str,
    channel: str,
    asked: OpenCase,
    now: datetime,
) -> str:
    """Keep what was agreed to; return the case's id. What was said is taken from the inbox, from
    which identifying data are withheld, so that nothing but sealed rows ever holds it."""
    case_id = new_id()
    said = await _said(session, vault, channel, asked.said)
    session.add(
        Case(
            id=case_id,
            contact_id=contact_id,
            kind=asked.kind,
            sub_group=asked.sub_group,
            reason=asked.reason,
            area=asked.area,
            language=asked.language,
            wants_reply=asked.wants_reply,
            consent_version=CASE_TEXT_VERSION,
            consented_at=now,
            state=CaseState.OPEN,
            text_sealed=vault.seal("cases", "text", case_id, said) if said else None,
            created_at=now,
        )
    )
    await session.flush()
    return case_id


async def _said(
    session: AsyncSession, vault: Vault, channel: str, message_ids: Sequence[str]
) -> str:
    import json

    rows = await session.scalars(
        select(InboxRow)
        .where(InboxRow.channel == channel, InboxRow.message_id.in_(message_ids))
        .order_by(InboxRow.seq)
    )
    texts: list[str] = []
    for row in rows:
        if row.payload_sealed is None:
            continue  # past its retention, or a disclosure, which is not kept
        try:
            payload = vault.open("inbox", "payload", row.id, row.payload_sealed)
            texts.append(str(json.loads(payload)["text"]))
        except (UnreadableValueError, ValueError, KeyError):
            continue
    return "\n".join(text for text in texts if text)


def read_text(vault: Vault, case: Case) -> str | None:
    """What was said; None if nothing was. Raise `UnreadableValueError` for a damaged one."""
    if case.text_sealed is None:
        return None
    return vault.open("cases", "text", case.id, case.text_sealed)


async def open_requests(session: AsyncSession, sub_groups: Sequence[str]) -> list[Case]:
    """What waits for these sub-groups, oldest first. Never a complaint, whatever is asked for."""
    return list(
        await session.scalars(
            select(Case)
            .where(
                Case.kind != CaseKind.COMPLAINT,
                Case.state == CaseState.OPEN,
                Case.sub_group.in_(sub_groups),
            )
            .order_by(Case.created_at, Case.id)
        )
    )


async def open_complaints(session: AsyncSession) -> list[Case]:
    """The queue of complaints, oldest first: only for whoever is charged with complaints."""
    return list(
        await session.scalars(
            select(Case)
            .where(Case.kind == CaseKind.COMPLAINT, Case.state == CaseState.OPEN)
            .order_by(Case.created_at, Case.id)
        )
    )


async def end_case(session: AsyncSession, case_id: str, now: datetime) -> bool:
    """Close a case; False if it is closed or gone already."""
    result = await session.execute(
        update(Case)
        .where(Case.id == case_id, Case.state == CaseState.OPEN)
        .values(state=CaseState.ENDED, ended_at=now)
        .returning(Case.id)
    )
    return result.first() is not None


async def forget_cases(session: AsyncSession, before: datetime) -> int:
    """Delete the cases that were opened before `before`; return how many."""
    result = await session.execute(delete(Case).where(Case.created_at < before).returning(Case.id))
    return len(result.all())


async def rate(session: AsyncSession, topic: str, day: date, *, helped: bool) -> None:
    """Count one "it helped" or "it did not" about a topic: of nobody, only how many a day."""
    await insert_if_new(session, Rating, topic=topic, day=day, helped=helped, count=0)
    await session.execute(
        update(Rating)
        .where(Rating.topic == topic, Rating.day == day, Rating.helped == helped)
        .values(count=Rating.count + 1)
        .execution_options(synchronize_session=False)
    )
