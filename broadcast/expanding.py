"""From an approved audience to one delivery row per person, all or none (PEER-03).

One statement makes the rows and another starts the update, in one transaction; repeated, it adds
nothing.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, String, case, func, literal, null, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import SendState
from bot.models import Contact
from broadcast.audience import Audience, Occasion, members
from broadcast.models import Approval, Delivery, Update
from broadcast.policy import Policy
from broadcast.reasons import Reason
from broadcast.states import Move, State, next_state
from broadcast.versions import read_texts
from hub.database import Moment
from hub.failpoints import hit
from hub.staff.audit import record_act


async def expand(session: AsyncSession, row: Update, policy: Policy, now: datetime) -> int:
    """Freeze the audience and start sending; return how many people it holds. `row` is locked."""
    row.state = next_state(State(row.state), Move.START)
    hit("expand.begun")
    people = await _freeze(session, row, policy, now)
    hit("expand.frozen")
    row.started_at = row.changed_at = now
    row.people = people
    await record_act(
        session, now, "system", "start", "update", row.id, version=row.version, people=people
    )
    await session.flush()
    hit("expand.before_commit")
    return people


async def _freeze(session: AsyncSession, row: Update, policy: Policy, now: datetime) -> int:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    approval = await session.get(Approval, (row.id, row.version))
    closed_at = approval.at if approval else None
    occasion = Occasion(now, closed_at, is_urgent=row.urgency is not None)
    people = members(Audience.from_json(row.audience), policy, occasion)
    written = list(await read_texts(session, row.id))
    language = _choose_language(people.c.language, written, policy.default_language)
    lacks_text = language.not_in(written)
    rows = select(
        _new_id(now, is_sqlite=is_sqlite),
        literal(row.id),
        people.c.contact_id,
        people.c.address_id,
        people.c.channel,
        language,
        case((lacks_text, literal(SendState.CANCELLED)), else_=literal(SendState.QUEUED)),
        literal(0),
        case((lacks_text, literal(Reason.NO_TEXT)), else_=null()),
        await _due_at(session, people.c.time_zone, policy, now, passes_night=row.is_life_safety),
        people.c.time_zone.is_not(None),
    ).where(people.c.contact_id.is_not(None))  # SQLite parses the conflict clause only after WHERE
    insert = sqlite.insert if is_sqlite else postgresql.insert
    statement = insert(Delivery).from_select(_COLUMNS, rows).on_conflict_do_nothing()
    await session.execute(statement)
    query = select(func.count()).where(Delivery.update_id == row.id)
    return await session.scalar(query) or 0


_COLUMNS = (
    "id",
    "update_id",
    "contact_id",
    "address_id",
    "channel",
    "language",
    "state",
    "attempts",
    "error_code",
    "due_at",
    "has_own_hours",
)


async def _due_at(
    session: AsyncSession,
    time_zone: ColumnElement[str | None],
    policy: Policy,
    now: datetime,
    *,
    passes_night: bool,
) -> ColumnElement[datetime]:
    """Now, or the morning of those who sleep now by a clock of their own (HUM-45). Who goes by the
    deployment's clock is held by every claim instead, which costs nothing while they sleep."""
    chosen = select(Contact.time_zone).where(Contact.time_zone.is_not(None)).distinct()
    zones = () if passes_night or policy.quiet is None else await session.scalars(chosen)
    mornings = {zone: policy.wakes_at(now, zone) for zone in zones if zone}
    asleep = [
        (time_zone == zone, literal(morning, Moment()))
        for zone, morning in sorted(mornings.items())
        if morning > now
    ]
    at_once = literal(now, Moment())
    return case(*asleep, else_=at_once) if asleep else at_once


def _choose_language(
    own: ColumnElement[str], written: list[str], default_language: str
) -> ColumnElement[str]:
    """The person's own language where the update speaks it, else the default, else still theirs."""
    fallback = literal(default_language) if default_language in written else own
    return case((own.in_(written), own), else_=fallback)


def _new_id(now: datetime, *, is_sqlite: bool) -> ColumnElement[str]:
    """An opaque id made by the database: 26 hexadecimal characters, as `hub.database.new_id`.

    It begins with the second and the copy's number, then come 40 random bits. Copies leave in the
    order in which they were made, so a claim finds its own beside each other in the index of ids,
    however many there are.
    """
    second, number = f"{int(now.timestamp()):08x}", func.row_number().over()
    if is_sqlite:
        counted = func.printf("%08x", number, type_=String())
        chance = func.lower(func.hex(func.randomblob(5)), type_=String())
    else:
        counted = func.lpad(func.to_hex(number), 8, "0", type_=String())
        unique = func.replace(func.gen_random_uuid().cast(String), "-", "", type_=String())
        chance = func.substr(unique, 1, 10, type_=String())
    return literal(second) + counted + chance
