"""Tells whoever waits for an answer, once staff said so: one by one, each at a good moment.

In the open window the answer itself, outside it a template whose button brings it. The reply, the
end of the waiting and the dialogue's new buttons are one transaction, so that nobody is told twice.
Replies come first: while one waits to leave on a channel, nothing is added to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import phrases
from bot.awaiting import announce_in_words
from bot.channels.base import Capabilities
from bot.contacts import Known, load_known, save_dialogue
from bot.conversation import Conversation
from bot.dialogue import Dialogue
from bot.form_fields import form_of
from bot.messages import Inbound, InboundKind, Outbound, TemplateUse
from bot.models import Address, Contact, OutboxRow
from bot.models import Conversation as Dialogues
from bot.outbox import Outbox, new_reply
from bot.question_models import AwaitedAnswer, AwaitState, QuestionGroup
from bot.tellings import count_tellings
from bot.turn import Outcome, Reading, Reply, Turn
from broadcast.audience import WEEK, received_since
from broadcast.models import Delivery
from broadcast.policy import Policy
from content.answers import Answer
from hub.clock import Clock
from hub.config import CaseTemplate
from hub.database import Database
from hub.vault import Vault

# Whoever is in the middle of something is asked again then.
BUSY = timedelta(hours=1)
# Who wrote just now is talking: what comes in between would change what their numbers mean.
TALKING = timedelta(minutes=5)
# Nobody is written to of our own accord more often, updates apart.
BETWEEN = timedelta(days=1)
# How long a template's button brings the answer.
ANNOUNCED_LASTS = timedelta(days=7)
_AT_ONCE = 10


class Verdict(StrEnum):
    TELL = "tell"
    ANNOUNCE = "announce"  # by a template
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether somebody may be told now. `window` is their channel's, None if it has
    none; `is_busy`: in a form, with a person of the platform, or just after a disclosure."""

    is_leaving: bool
    is_blocked: bool
    is_busy: bool
    quiet_until: datetime | None
    wakes_at: datetime | None  # by their own clock
    updates_this_week: int
    written_to_at: datetime | None
    window: timedelta | None
    last_inbound_at: datetime | None
    has_template: bool


def decide(it: Standing, most_per_week: int | None, now: datetime) -> tuple[Verdict, datetime]:
    """What to do, and when to look again where it is `LATER`."""
    if it.is_leaving or it.is_blocked:
        return Verdict.NEVER, now
    has_had_enough = most_per_week is not None and it.updates_this_week >= most_per_week
    not_before = max(
        it.quiet_until or now,
        it.wakes_at or now,
        it.written_to_at + BETWEEN if it.written_to_at else now,
        now + BUSY if it.is_busy else now,
        it.last_inbound_at + TALKING if it.last_inbound_at else now,
        now + BETWEEN if has_had_enough else now,
    )
    if not_before > now:
        return Verdict.LATER, not_before
    last = it.last_inbound_at
    if it.window is None or (last is not None and now < last + it.window):
        return Verdict.TELL, now
    if it.has_template:
        return Verdict.ANNOUNCE, now
    return Verdict.LATER, now + BUSY  # until they write again


@dataclass(frozen=True, slots=True)
class _Asker:
    """One who is due, as read before anything is written; `seen` is the state of their dialogue."""

    row_id: str
    group_id: str
    topic: str
    channel: str
    address_id: str
    language: str
    known: Known
    seen: datetime | None
    standing: Standing


@dataclass(frozen=True)
class AskerTelling:
    database: Database
    vault: Vault
    clock: Clock
    policy: Policy
    conversation: Conversation
    outbox: Outbox
    capabilities: Mapping[str, Capabilities]
    dialogue_life: timedelta
    templates: Mapping[str, CaseTemplate] = field(default_factory=dict)  # by language
    replies_ready: Callable[[], None] = lambda: None

    async def step(self) -> bool:
        """Tell a few on each channel; whether there were any. At night nobody."""
        now = self.clock.now()
        if self.policy.rests_at(now):
            return False
        found = False
        for channel in self.capabilities:
            if not await self.outbox.is_waiting(channel, now):
                found |= await self._tell_some(channel, now)
        if found:
            self.replies_ready()
        return found

    async def _tell_some(self, channel: str, now: datetime) -> bool:
        query = (
            select(AwaitedAnswer.id)
            .join(Address, Address.id == AwaitedAnswer.address_id)
            .where(
                AwaitedAnswer.state == AwaitState.DUE,
                AwaitedAnswer.due_at <= now,
                Address.channel == channel,
            )
            .order_by(AwaitedAnswer.due_at, AwaitedAnswer.id)
            .limit(_AT_ONCE)
        )
        async with self.database.read() as session:
            due = list(await session.scalars(query))
        for row_id in due:
            await self._tell(row_id, now)
        return bool(due)

    async def _tell(self, row_id: str, now: datetime) -> None:
        async with self.database.read() as session:
            asker = await self._read(session, row_id, now)
        if asker is None:
            return
        verdict, at = decide(asker.standing, self.policy.most_per_week, now)
        if verdict is Verdict.NEVER:
            await self._end(asker)
        elif verdict is Verdict.LATER:
            await self._set(asker, due_at=at)
        elif verdict is Verdict.ANNOUNCE:
            await self._announce(asker, now)
        else:
            await self._tell_now(asker, now)

    async def _read(self, session: AsyncSession, row_id: str, now: datetime) -> _Asker | None:
        query = (
            select(AwaitedAnswer, Address, Contact, Dialogues.updated_at)
            .join(Address, Address.id == AwaitedAnswer.address_id)
            .join(Contact, Contact.id == AwaitedAnswer.contact_id)
            .outerjoin(Dialogues, Dialogues.contact_id == Contact.id)
            .where(AwaitedAnswer.id == row_id, AwaitedAnswer.state == AwaitState.DUE)
        )
        found = (await session.execute(query)).first()
        if found is None:
            return None
        row, address, contact, seen = found
        since = now - self.dialogue_life
        [known] = await load_known(session, self.vault, [address.index], since)
        language = contact.language or row.language
        return _Asker(
            row_id=row.id,
            group_id=str(row.group_id),
            topic=str(row.topic),
            channel=address.channel,
            address_id=address.id,
            language=language,
            known=known,
            seen=seen,
            standing=Standing(
                is_leaving=contact.erase_after is not None,
                is_blocked=address.blocked_at is not None,
                is_busy=_is_busy(known, now),
                quiet_until=contact.quiet_until,
                wakes_at=self.policy.wakes_at(now, contact.time_zone),
                updates_this_week=await _count_updates(session, contact.id, now),
                written_to_at=await _last_written(session, contact.id),
                window=self.capabilities[address.channel].session_window,
                last_inbound_at=address.last_inbound_at,
                has_template=language in self.templates,
            ),
        )

    async def _tell_now(self, asker: _Asker, now: datetime) -> None:
        found = await self.conversation.answers.find(asker.topic, asker.language)
        if not isinstance(found, Answer) or found.sensitive:
            await self._set(asker, state=AwaitState.WAITING, topic=None, due_at=None)
            return
        reply, dialogue = await self._compose(asker, found, now)
        _ = self.conversation.phrases.for_language(asker.language)
        messages = announce_in_words(_, reply.message, asker.channel)
        first, last = messages[:-1], messages[-1]
        replies = (*(Reply(each) for each in first), Reply(last, reply.told))
        outcome = Outcome(replies, dialogue, Reading("answer", topic=asker.topic))
        async with self.database.write() as session:
            if not await self._is_still_due(session, asker, now):
                return
            await self._write(session, asker, replies, now)
            contact = await session.get_one(Contact, asker.known.contact_id)
            await save_dialogue(session, self.vault, contact, asker.known, dialogue, now)
            await count_tellings(session, [(asker.channel, outcome)])
            await session.delete(await session.get_one(AwaitedAnswer, asker.row_id))

    async def _compose(self, asker: _Asker, found: Answer, now: datetime) -> tuple[Reply, Dialogue]:
        """The answer with the buttons that it always has, as if they had asked just now."""
        nothing = Inbound(asker.channel, "", "", InboundKind.CHOICE, now)
        turn = Turn(
            asker.known.person,
            asker.known.dialogue,
            nothing,
            self.capabilities[asker.channel],
            now,
            asker.language,
            noticed=None,  # they wrote nothing just now
        )
        _ = self.conversation.phrases.for_language(asker.language)
        text = phrases.answer(_, found, asker.language)
        return await self.conversation.answering.verified_reply(turn, found, text, None)

    async def _announce(self, asker: _Asker, now: datetime) -> None:
        template = self.templates[asker.language]
        message = Outbound(template.body, template=TemplateUse(template.sid, ()))
        async with self.database.write() as session:
            if not await self._is_still_due(session, asker, now):
                return
            await self._write(session, asker, (Reply(message),), now)
            row = await session.get_one(AwaitedAnswer, asker.row_id)
            row.state, row.due_at = AwaitState.ANNOUNCED, now
            row.expires_on = min(row.expires_on, (now + ANNOUNCED_LASTS).date())

    async def _is_still_due(self, session: AsyncSession, asker: _Asker, now: datetime) -> bool:
        """Hold the row; if its person wrote in the meantime, look again in a minute."""
        row = await session.scalar(
            select(AwaitedAnswer)
            .where(AwaitedAnswer.id == asker.row_id, AwaitedAnswer.state == AwaitState.DUE)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return False
        query = select(Dialogues.updated_at).where(Dialogues.contact_id == row.contact_id)
        if await session.scalar(query.with_for_update()) == asker.seen:
            return True
        row.due_at = now + timedelta(minutes=1)
        return False

    async def _write(
        self, session: AsyncSession, asker: _Asker, replies: tuple[Reply, ...], now: datetime
    ) -> None:
        for part, reply in enumerate(replies):
            session.add(
                new_reply(
                    self.vault,
                    contact_id=str(asker.known.contact_id),
                    address_id=asker.address_id,
                    channel=asker.channel,
                    inbound_id=None,
                    part=part,
                    message=reply.message,
                    content=reply.content(),
                    repeat_in_doubt=False,
                    now=now,
                )
            )
        await session.execute(
            update(QuestionGroup)
            .where(QuestionGroup.id == asker.group_id)
            .values(told=QuestionGroup.told + 1)
            .execution_options(synchronize_session=False)
        )

    async def _set(self, asker: _Asker, **values: object) -> None:
        async with self.database.write() as session:
            await session.execute(
                update(AwaitedAnswer)
                .where(AwaitedAnswer.id == asker.row_id, AwaitedAnswer.state == AwaitState.DUE)
                .values(**values)
            )

    async def _end(self, asker: _Asker) -> None:
        async with self.database.write() as session:
            row = await session.get(AwaitedAnswer, asker.row_id)
            if row is not None:
                await session.delete(row)


def _is_busy(known: Known, now: datetime) -> bool:
    is_asked = form_of(known.dialogue.rasa) is not None
    return is_asked or known.dialogue.in_care(now) or known.person.is_held(now)


async def _count_updates(session: AsyncSession, contact_id: str, now: datetime) -> int:
    query = select(func.count()).where(
        Delivery.contact_id == contact_id, *received_since(now - WEEK)
    )
    return await session.scalar(query) or 0


async def _last_written(session: AsyncSession, contact_id: str) -> datetime | None:
    """When the hub last wrote to them without having been asked, updates apart."""
    query = select(func.max(OutboxRow.created_at)).where(
        OutboxRow.contact_id == contact_id, OutboxRow.inbound_id.is_(None)
    )
    return await session.scalar(query)
