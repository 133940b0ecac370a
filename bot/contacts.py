"""Contacts in the database: found by address, changed only by a turn's effects, erased on request.

Functions work within the caller's transaction and never commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.addresses import person_index, suppression_index
from bot.awaiting import forget_awaited_of
from bot.case_models import Case
from bot.cases import CaseState, leave_cases, open_case, pass_on, rate
from bot.channels.nowhere import is_test
from bot.dialogue import Dialogue
from bot.messages import Inbound, SendState
from bot.models import (
    Address,
    ConsentEvent,
    Contact,
    Conversation,
    InboxRow,
    OutboxRow,
    Suppression,
)
from bot.turn import (
    AwaitAnswer,
    Effect,
    Erase,
    ForgetArea,
    ForgetInterests,
    ForgetQuestions,
    HeardAnswer,
    HoldUpdates,
    Keep,
    KeepQuestion,
    LeaveCases,
    Note,
    OfCases,
    OpenCase,
    OptIn,
    OptOut,
    PassOn,
    Person,
    Rate,
    SetArea,
    SetLanguage,
    SetTimeZone,
    StopAwaiting,
    Unblock,
)
from bot.unanswered import apply_to_questions
from hub.database import Database, insert_if_new, new_id
from hub.vault import KeyFileError, UnreadableValueError, Vault

CONSENT_TEXT_VERSION = "2026-11"  # of `phrases.ask_opt_in`; raise it when those words change
# Time to change one's mind, and for the confirmation to leave before its address is gone.
ERASE_DELAY = timedelta(minutes=2)
# A reply that cannot leave (its channel is off) must not keep the person's data for ever.
_LONGEST_WAIT = timedelta(days=1)

# Made once: to make it anew takes longer than to carry it out.
_HELD_UNTIL = (
    select(func.max(Case.held_until))
    .where(Case.contact_id == Contact.id, Case.state == CaseState.TAKEN)
    .scalar_subquery()
)
_KNOWN = (
    select(Address, Contact, Conversation, _HELD_UNTIL)
    .join(Contact, Contact.id == Address.contact_id)
    .outerjoin(Conversation, Conversation.contact_id == Contact.id)
    .where(Address.index.in_(bindparam("indexes", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class Known:
    """Who wrote, as far as we know: ids of the contact's rows (None for a stranger) and more."""

    contact_id: str | None
    address_id: str | None
    person: Person
    dialogue: Dialogue


async def check_keys(database: Database, vault: Vault) -> None:
    """Raise `KeyFileError` unless the keys open what is stored: with others, everything that
    waits would be given up as unreadable."""
    async with database.read() as session:
        address = await session.scalar(select(Address).order_by(Address.id).limit(1))
    if address is None:
        return
    try:
        vault.open("addresses", "address", address.id, address.sealed)
    except UnreadableValueError as error:
        raise KeyFileError("CHASQUI_KEYS: these keys do not open this database") from error


async def load_known(
    session: AsyncSession, vault: Vault, indexes: Sequence[bytes], fresh_after: datetime
) -> list[Known]:
    """The contacts behind these addresses, in their order; a dialogue last used before
    `fresh_after` is forgotten."""
    rows = await session.execute(_KNOWN, {"indexes": indexes})
    found = {
        row[0].index: _known(vault, *row, fresh_after)  # the columns are typed apart
        for row in rows
    }
    return [
        found.get(index) or Known(None, None, Person(tracker_id=new_id()), Dialogue())
        for index in indexes
    ]


def _known(
    vault: Vault,
    address: Address,
    contact: Contact,
    conversation: Conversation | None,
    held: datetime | None,
    fresh_after: datetime,
) -> Known:
    person = Person(
        tracker_id=conversation.tracker_id if conversation else new_id(),
        language=contact.language,
        language_is_chosen=contact.language_is_chosen,
        area=contact.area,
        time_zone=contact.time_zone,
        is_noticed=contact.noticed_at is not None,
        has_updates=address.opted_in_at is not None,
        has_interests=bool(contact.interests),
        held_until=held,
    )
    return Known(contact.id, address.id, person, _dialogue(vault, conversation, fresh_after))


def _dialogue(vault: Vault, row: Conversation | None, fresh_after: datetime) -> Dialogue:
    if row is None or row.state_sealed is None or row.updated_at < fresh_after:
        return Dialogue()
    try:
        body = vault.open("conversations", "state", row.contact_id, row.state_sealed)
        return Dialogue.load(body)
    except (UnreadableValueError, ValueError, KeyError, TypeError):
        return Dialogue()  # only memory is lost; the person is still answered


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote what. `is_told_of_us`: this turn tells them who we are."""

    known: Known
    inbound: Inbound
    is_told_of_us: bool


async def save_contacts(
    session: AsyncSession, vault: Vault, writers: Sequence[Writer], now: datetime
) -> list[tuple[Contact, Address]]:
    """The rows of these people, made if they are new, all in a few statements."""
    rows = [await _rows_of(session, vault, writer, now) for writer in writers]
    new = [
        row for row, writer in zip(rows, writers, strict=True) if writer.known.contact_id is None
    ]
    session.add_all(contact for contact, _ in new)
    if new:
        await session.flush()  # an address refers to its contact
    session.add_all(address for _, address in new)
    for (contact, address), writer in zip(rows, writers, strict=True):
        contact.last_seen_at = address.last_inbound_at = now
        if writer.is_told_of_us and contact.noticed_at is None:
            contact.noticed_at = now
    await session.flush()
    return rows


async def _rows_of(
    session: AsyncSession, vault: Vault, writer: Writer, now: datetime
) -> tuple[Contact, Address]:
    known = writer.known
    if known.contact_id is None:
        return _new_contact(vault, writer.inbound, now)
    contact = await session.get_one(Contact, known.contact_id)
    return contact, await session.get_one(Address, known.address_id)


def _new_contact(vault: Vault, inbound: Inbound, now: datetime) -> tuple[Contact, Address]:
    contact = Contact(
        id=new_id(), created_at=now, last_seen_at=now, interests=[], language_is_chosen=False
    )
    address_id = new_id()
    address = Address(
        id=address_id,
        contact_id=contact.id,
        channel=inbound.channel,
        index=person_index(vault, inbound.channel, inbound.address),
        sealed=vault.seal("addresses", "address", address_id, inbound.address),
    )
    return contact, address


async def save_dialogue(
    session: AsyncSession,
    vault: Vault,
    contact: Contact,
    known: Known,
    state: Dialogue,
    now: datetime,
) -> None:
    """Written with what else the transaction holds."""
    row = await session.get(Conversation, contact.id)
    if row is None:
        row = Conversation(contact_id=contact.id, tracker_id=known.person.tracker_id)
        session.add(row)
    row.state_sealed = vault.seal("conversations", "state", contact.id, state.dump())
    row.updated_at = now


async def apply_effect(
    session: AsyncSession,
    vault: Vault,
    contact: Contact,
    address: Address,
    inbound: Inbound,
    effect: Effect,
    now: datetime,
) -> None:
    match effect:
        case OptIn(language, interests):
            if interests is not None:
                contact.interests = list(interests)
            # Who writes has not blocked us (any more); WhatsApp never says when a block ends.
            address.opted_in_at, address.blocked_at, contact.erase_after = now, None, None
            session.add(_consent(contact, address, "opt_in", language, now))
            suppressed = suppression_index(vault, inbound.channel, inbound.address)
            await session.execute(delete(Suppression).where(Suppression.index == suppressed))
        case OptOut(language, event):
            address.opted_in_at = None
            address.blocked_at = now if event == "blocked" else address.blocked_at
            session.add(_consent(contact, address, event, language, now))
            await _suppress(session, vault, inbound, now)
            await forget_awaited_of(session, contact.id)
        case Unblock():
            address.blocked_at = None
        case Erase():
            address.opted_in_at = None
            contact.erase_after = now + ERASE_DELAY
            await forget_awaited_of(session, contact.id)
            await _suppress(session, vault, inbound, now)
        case OpenCase() | PassOn() | LeaveCases() | Rate():
            await _apply_to_cases(session, vault, contact, address, effect, now)
        case KeepQuestion() | ForgetQuestions() | AwaitAnswer() | HeardAnswer() | StopAwaiting():
            await apply_to_questions(session, vault, contact, address, effect, now)
        case _:
            _note(contact, effect)
    await session.flush()


async def _apply_to_cases(
    session: AsyncSession,
    vault: Vault,
    contact: Contact,
    address: Address,
    effect: OfCases,
    now: datetime,
) -> None:
    match effect:
        case OpenCase(asked):
            await open_case(session, vault, contact, address, asked, now)
        case PassOn(text, is_sensitive):
            await pass_on(session, vault, contact.id, text, now, is_sensitive=is_sensitive)
        case LeaveCases():
            await leave_cases(session, contact.id, now)
        case Rate(topic, helped):
            await rate(session, topic, now, helped=helped)


def _note(contact: Contact, effect: Note) -> None:
    match effect:
        case SetLanguage(language, is_chosen):
            contact.language, contact.language_is_chosen = language, is_chosen
        case SetArea(code):
            contact.area = code
        case ForgetArea():
            contact.area = None
        case SetTimeZone(name):
            contact.time_zone = name
        case ForgetInterests():
            contact.interests = []
        case HoldUpdates(until):
            contact.quiet_until = max(until, contact.quiet_until or until)
        case Keep():
            contact.erase_after = None


def _consent(
    contact: Contact, address: Address, event: str, language: str, now: datetime
) -> ConsentEvent:
    return ConsentEvent(
        contact_id=contact.id,
        address_id=address.id,
        channel=address.channel,
        event=event,
        text_version=CONSENT_TEXT_VERSION,
        language=language,
        at=now,
    )


async def _suppress(session: AsyncSession, vault: Vault, inbound: Inbound, now: datetime) -> None:
    if is_test(inbound.channel):
        return  # its address is never used again
    index = suppression_index(vault, inbound.channel, inbound.address)
    await insert_if_new(session, Suppression, index=index, at=now)


async def erase_due(session: AsyncSession, now: datetime) -> int:
    """Erase the contacts whose time has come and whose confirmation has left; return how many.

    Messages keep their ids only, so that a replayed webhook brings nobody back.
    """
    leaving = exists().where(
        OutboxRow.contact_id == Contact.id,
        OutboxRow.state.in_([SendState.QUEUED, SendState.SENDING]),
    )
    due = (
        await session.scalars(
            select(Contact.id).where(
                Contact.erase_after <= now,
                or_(~leaving, Contact.erase_after <= now - _LONGEST_WAIT),
            )
        )
    ).all()
    await erase_contacts(session, due)
    return len(due)


async def erase_contacts(session: AsyncSession, contact_ids: Sequence[str]) -> None:
    """With all that hangs on them; of their messages that were answered, the words."""
    indexes = select(Address.index).where(Address.contact_id.in_(contact_ids))
    await session.execute(
        update(InboxRow)
        .where(InboxRow.person_index.in_(indexes), InboxRow.ended_at.is_not(None))
        .values(payload_sealed=None, person_index=None)
        .execution_options(synchronize_session=False)
    )
    await session.execute(delete(Contact).where(Contact.id.in_(contact_ids)))


async def forget_holds(session: AsyncSession, now: datetime) -> int:
    """Drop the moments until which somebody got no updates, once they are over."""
    result = await session.execute(
        update(Contact)
        .where(Contact.quiet_until <= now)
        .values(quiet_until=None)
        .returning(Contact.id)
    )
    return len(result.all())


async def forget_dialogues(session: AsyncSession, before: datetime) -> int:
    """Drop the state of dialogues that ended before `before`."""
    result = await session.execute(
        update(Conversation)
        .where(Conversation.updated_at < before, Conversation.state_sealed.is_not(None))
        .values(state_sealed=None)
        .returning(Conversation.contact_id)
    )
    return len(result.all())
