"""Cases from the person's side: opened by an explicit yes, told of on request, gone with the rest.

What staff do with them is in `bot.case_desk`. Functions work within the caller's transaction and
never commit.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.case_models import Case, CaseMessage, Rating
from bot.form_fields import SUB_GROUPS
from bot.models import Address, Contact, Conversation, InboxRow
from bot.text import fold, words
from hub.database import Database, insert_if_new, new_id
from hub.staff.models import Organisation
from hub.vault import UnreadableValueError, Vault

# Of the words by which people agree to a case (`bot.form_phrases.confirm_…`); raise it when they
# change.
CASE_TEXT_VERSION = "2026-11"
FOR_ANYTHING_ELSE = "protection"
FOR_RUMOURS = "communications"
_SHORTEST_ACRONYM = 3


class CaseKind(StrEnum):
    HANDOVER = "handover"
    RUMOUR = "rumour"
    COMPLAINT = "complaint"


class CaseState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    CLOSED = "closed"


class MessageKind(StrEnum):
    SAID = "said"
    ANSWER = "answer"
    ANNOUNCED = "announced"  # an answer that waits behind a template; see `bot.case_answers`
    NOTE = "note"


LEFT = "left"  # the outcome of a case whose person went back to the assistant


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody said yes to. `said` are ids of their messages, whose words go along; `told` are
    words that went from the inbox at once, since they disclosed something."""

    kind: CaseKind
    reason: str | None
    area: str | None
    language: str
    wants_reply: bool
    is_sensitive: bool
    said: tuple[str, ...] = field(default=(), repr=False)
    told: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class CaseStatus:
    """What a person may know of a case of theirs."""

    kind: CaseKind
    state: CaseState
    outcome: str | None
    created_on: date


async def open_case(
    session: AsyncSession,
    vault: Vault,
    contact: Contact,
    address: Address,
    asked: Asked,
    now: datetime,
) -> str:
    """Keep what was agreed to; return the case's id. Who asks for a person twice waits once."""
    said = [*asked.told, *await _words_of(session, vault, address.channel, asked.said)]
    case = await _waiting(session, contact.id) if asked.kind is CaseKind.HANDOVER else None
    if case is None:
        case = await _new_case(session, contact, address, asked, said, now)
        session.add(case)
        await session.flush()
    else:
        case.is_sensitive = case.is_sensitive or asked.is_sensitive
        case.consented_at = case.updated_at = now
    for text in said:
        add_message(session, vault, case.id, MessageKind.SAID, text, now)
    await session.flush()
    return case.id


async def _new_case(
    session: AsyncSession,
    contact: Contact,
    address: Address,
    asked: Asked,
    said: Sequence[str],
    now: datetime,
) -> Case:
    is_complaint = asked.kind is CaseKind.COMPLAINT
    return Case(
        id=new_id(),
        contact_id=contact.id,
        address_id=address.id,
        kind=asked.kind,
        reason=asked.reason,
        area=asked.area,
        language=asked.language,
        wants_reply=asked.wants_reply,
        is_sensitive=asked.is_sensitive,
        consent_version=CASE_TEXT_VERSION,
        consented_at=now,
        owner=_owner(asked),
        barred=await _named_in(session, said) if is_complaint else [],
        state=CaseState.OPEN,
        created_at=now,
        updated_at=now,
    )


def _owner(asked: Asked) -> str:
    if asked.kind is CaseKind.RUMOUR:
        return FOR_RUMOURS
    if asked.kind is CaseKind.COMPLAINT:
        return FOR_ANYTHING_ELSE
    return SUB_GROUPS.get(asked.reason or "", (FOR_ANYTHING_ELSE,))[0]


async def _waiting(session: AsyncSession, contact_id: str) -> Case | None:
    query = select(Case).where(
        Case.contact_id == contact_id,
        Case.kind == CaseKind.HANDOVER,
        Case.state != CaseState.CLOSED,
    )
    return await session.scalar(query.order_by(Case.created_at.desc()).limit(1))


async def _words_of(
    session: AsyncSession, vault: Vault, channel: str, message_ids: Sequence[str]
) -> list[str]:
    """What was said, from the inbox: identifying data are withheld there already. Nothing comes of
    a message that was a disclosure or is past its retention, since its words are not kept."""
    rows = await session.scalars(
        select(InboxRow)
        .where(InboxRow.channel == channel, InboxRow.message_id.in_(message_ids))
        .order_by(InboxRow.seq)
    )
    texts: list[str] = []
    for row in rows:
        if row.payload_sealed is None:
            continue
        try:
            payload = vault.open("inbox", "payload", row.id, row.payload_sealed)
            texts.append(str(json.loads(payload)["text"]))
        except (UnreadableValueError, ValueError, KeyError):
            continue
    return [text for text in texts if text]


async def _named_in(session: AsyncSession, said: Iterable[str]) -> list[str]:
    """The organisations that the words name, whole or by an acronym: they never see the case."""
    told = words(" ".join(said))
    organisations = await session.scalars(select(Organisation).order_by(Organisation.id))
    return [each.id for each in organisations if _is_named(each.name, told)]


def _is_named(name: str, told: Sequence[str]) -> bool:
    acronyms = {
        fold(part)
        for part in name.replace("/", " ").replace("(", " ").replace(")", " ").split()
        if len(part) >= _SHORTEST_ACRONYM and part.isupper()
    }
    whole = words(name)
    runs = (list(told[at : at + len(whole)]) for at in range(len(told) - len(whole) + 1))
    return bool(acronyms & set(told)) or (bool(whole) and whole in runs)


def add_message(
    session: AsyncSession,
    vault: Vault,
    case_id: str,
    kind: MessageKind,
    text: str,
    now: datetime,
    staff_id: str | None = None,
) -> None:
    """Append words to a case, sealed for their own row."""
    message_id = new_id()
    session.add(
        CaseMessage(
            id=message_id,
            case_id=case_id,
            kind=kind,
            staff_id=staff_id,
            text_sealed=vault.seal("case_messages", "text", message_id, text),
            at=now,
        )
    )


def is_held(now: datetime) -> ColumnElement[bool]:
    """Whether a person answers in place of the bot."""
    return and_(Case.state == CaseState.TAKEN, Case.held_until > now)


async def pass_on(
    session: AsyncSession,
    vault: Vault,
    contact_id: str,
    text: str,
    now: datetime,
    *,
    is_sensitive: bool,
) -> bool:
    """Hand what somebody wrote to whoever holds their case; False if nobody does any more."""
    query = select(Case).where(Case.contact_id == contact_id, is_held(now))
    case = await session.scalar(query.order_by(Case.held_until.desc()).limit(1))
    if case is None:
        return False
    case.updated_at = now
    case.is_sensitive = case.is_sensitive or is_sensitive
    add_message(session, vault, case.id, MessageKind.SAID, text, now)
    return True


async def leave_cases(session: AsyncSession, contact_id: str, now: datetime) -> None:
    """The person goes back to the assistant: whoever held their case holds it no longer."""
    await session.execute(
        update(Case)
        .where(Case.contact_id == contact_id, is_held(now))
        .values(
            state=CaseState.CLOSED, outcome=LEFT, held_until=None, updated_at=now, closed_at=now
        )
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True)
class CaseBook:
    """Tells people of their own cases."""

    database: Database

    async def of(self, tracker_id: str) -> list[CaseStatus]:
        """The cases of whoever has this dialogue, newest first."""
        query = (
            select(Case)
            .join(Conversation, Conversation.contact_id == Case.contact_id)
            .where(Conversation.tracker_id == tracker_id)
            .order_by(Case.created_at.desc(), Case.id)
        )
        async with self.database.read() as session:
            found = await session.scalars(query)
            return [
                CaseStatus(
                    CaseKind(case.kind),
                    CaseState(case.state),
                    case.outcome,
                    case.created_at.date(),
                )
                for case in found
            ]


async def forget_cases(session: AsyncSession, now: datetime, kept: timedelta) -> int:
    """Delete cases that were closed `kept` ago, and those that nobody touched for twice as long;
    return how many."""
    is_over = or_(
        and_(Case.state == CaseState.CLOSED, Case.updated_at < now - kept),
        Case.updated_at < now - 2 * kept,
    )
    result = await session.execute(delete(Case).where(is_over).returning(Case.id))
    return len(result.all())


async def count_ratings(session: AsyncSession, since: date) -> list[tuple[str, int, int]]:
    """Topic, how often it helped and how often not since that day; most noes first."""
    rows = await session.execute(
        select(Rating.topic, Rating.helped, func.sum(Rating.count))
        .where(Rating.day >= since.isoformat())
        .group_by(Rating.topic, Rating.helped)
    )
    counts: dict[str, list[int]] = {}
    for topic, helped, count in rows:
        counts.setdefault(topic, [0, 0])[0 if helped else 1] = int(count)
    found = [(topic, yes, no) for topic, (yes, no) in counts.items()]
    return sorted(found, key=lambda each: (-each[2], each[0]))


async def rate(session: AsyncSession, topic: str, now: datetime, *, helped: bool) -> None:
    """Count one "it helped" or "it did not" about a topic."""
    key = {"topic": topic, "day": now.date().isoformat(), "helped": helped}
    await insert_if_new(session, Rating, **key, count=0)
    await session.execute(
        update(Rating)
        .filter_by(**key)
        .values(count=Rating.count + 1)
        .execution_options(synchronize_session=False)
    )
