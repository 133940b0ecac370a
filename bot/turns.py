"""Takes messages from the inbox through the conversation, and writes each turn in one transaction.

Replies, dialogue state, effects and the inbox row's end state are committed together, so a crash at
any point leaves the message either untouched or answered, never half (INV-1, INV-2).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import phrases
from bot.channels.base import Capabilities
from bot.channels.nowhere import is_test
from bot.commands import Command, find_command
from bot.contacts import (
    Known,
    Writer,
    apply_effect,
    load_known,
    save_contacts,
    save_dialogue,
)
from bot.conversation import Conversation
from bot.dialogue import Dialogue
from bot.inbox import COMPANY_SECONDS, MOST_ATTEMPTS, End, Inbox, InboxState, Work, end_messages
from bot.messages import InboundKind, Outbound
from bot.models import Address, Contact, OutboxRow
from bot.models import Conversation as Dialogues
from bot.outbox import add_replies, new_reply
from bot.pace import TOO_MANY, Pace
from bot.tally import Counted, Tally, Who, write_counts
from bot.tellings import count_tellings
from bot.turn import Effect, KeepQuestion, OptOut, Outcome, Rate, Reading, Reply
from hub.clock import Clock
from hub.database import Database
from hub.failpoints import hit
from hub.gathering import Gatherer
from hub.logs import get_log
from hub.vault import Vault

_log = get_log("turns")
# After an outage a provider hands over what it kept; an answer a day late helps nobody (F-25).
STALE_AFTER = timedelta(hours=24)
# Nobody is answered on these, however late they come; they say whether we may write at all.
_NOTICES = frozenset((InboundKind.BLOCKED, InboundKind.UNBLOCKED))

# Made once: to make it anew takes longer than to carry it out.
_ROWS = (
    select(Contact, Address, Dialogues)
    .join(Address, Address.contact_id == Contact.id)
    .outerjoin(Dialogues, Dialogues.contact_id == Contact.id)
    .where(Address.id.in_(bindparam("ids", expanding=True)))
)


@dataclass(frozen=True)
class _Ended:
    """A turn that is thought out and not yet written."""

    work: Work
    known: Known
    outcome: Outcome

    @property
    def is_noticed(self) -> bool:
        """Whether the person is told who we are, and the turn counts."""
        return self.outcome.reason is None

    @property
    def end(self) -> End:
        state = InboxState.ANSWERED if self.is_noticed else InboxState.IGNORED
        disclosed = self.outcome.reading.safety_class is not None
        return End(self.work, state, self.outcome.reason, forget=disclosed)

    @property
    def writer(self) -> Writer:
        return Writer(self.known, self.work.inbound, is_told_of_us=self.is_noticed)


@dataclass(frozen=True)
class Turns:
    """`step` takes one message; several may run at once, each on another person."""

    inbox: Inbox
    conversation: Conversation
    database: Database
    vault: Vault
    clock: Clock
    capabilities: Mapping[str, Capabilities]
    dialogue_life: timedelta
    tally: Tally
    pace: Pace
    replies_ready: Callable[[], None]
    _loading: Gatherer[Work, Known] = field(init=False)
    _committing: Gatherer["_Ended", None] = field(init=False)
    _at_work: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "_loading", Gatherer(self._load_together, linger_seconds=COMPANY_SECONDS)
        )
        object.__setattr__(
            self, "_committing", Gatherer(self._commit_together, linger_seconds=COMPANY_SECONDS)
        )

    async def step(self) -> bool:
        work = await self.inbox.claim()
        if work is None:
            return False
        if work.attempt > MOST_ATTEMPTS:  # its last worker died over it, and counted first (F-32)
            await self._quarantine(work)
            return True
        self._at_work.add(work.id)
        try:
            await self._process(work)
        except Exception as error:  # the edge of one message: its outcome is always recorded
            _log.error("turn_failed", inbound=work.id, attempt=work.attempt, error=_name(error))
            await self._give_back(work)
        finally:
            self._at_work.discard(work.id)
        return True

    async def renew(self) -> None:
        """Say that the messages in hand still are."""
        if self._at_work:
            await self.inbox.renew(sorted(self._at_work))

    async def _process(self, work: Work) -> None:
        now = self.clock.now()
        known = await self._loading.do(work)
        # Both moments date from its coming in: a clock that jumps since silences nobody (F-33).
        age = work.received_at - work.inbound.sent_at
        if age > STALE_AFTER and work.inbound.kind not in _NOTICES:
            await self._pass_over(work, known)
            return
        if is_test(work.inbound.channel) and known.contact_id is None:
            await self._ignore(work, "erased")  # nobody comes back whom staff have just erased
            return
        hit("turns.before_understanding")
        outcome = await self.conversation.take_turn(
            known.person,
            known.dialogue,
            work.inbound,
            self.capabilities[work.inbound.channel],
            now,
        )
        outcome = self._held_back(work, known, outcome, now)
        hit("turns.before_commit")
        await self._commit(work, known, outcome)
        hit("turns.after_commit")
        self.replies_ready()

    def _held_back(self, work: Work, known: Known, outcome: Outcome, now: datetime) -> Outcome:
        """The outcome, or what becomes of it where somebody writes too much (`bot.pace`)."""
        language = known.person.language or self.conversation.default
        said = self.pace.hold(work.person, outcome, language, now)
        if said is None or not known.person.is_noticed:
            return outcome
        return Outcome(said, known.dialogue, Reading("smalltalk"), (), None if said else TOO_MANY)

    async def _pass_over(self, work: Work, known: Known) -> None:
        """No answer to what is too old; only the wish to be left alone still counts (HUM-07)."""
        if find_command(work.inbound.text) is Command.STOP:
            effect = OptOut(known.person.language or self.conversation.default, "opt_out")
            outcome = Outcome((), known.dialogue, Reading("command"), (effect,), "stale")
            await self._commit(work, known, outcome)
            return
        await self._ignore(work, "stale")

    async def _ignore(self, work: Work, reason: str) -> None:
        async with self.database.write() as session:
            ended = End(work, InboxState.IGNORED, reason)
            await end_messages(session, [ended], self.clock.now())

    async def _load_together(self, works: Sequence[Work]) -> list[Known]:
        fresh_after = self.clock.now() - self.dialogue_life
        async with self.database.read() as session:
            people = [work.person for work in works]
            return await load_known(session, self.vault, people, fresh_after)

    async def _commit(self, work: Work, known: Known, outcome: Outcome) -> None:
        await self._committing.do(_Ended(work, known, outcome))

    async def _commit_together(self, turns: Sequence["_Ended"]) -> list[None]:
        """Turns of different people that end in the same moment share a transaction."""
        now = self.clock.now()
        async with self.database.write() as session:
            ours = await end_messages(session, [turn.end for turn in turns], now)
            kept = [turn for turn in turns if turn.work.id in ours]
            rows = await _fetch(session, kept)
            people = await save_contacts(session, self.vault, [turn.writer for turn in kept], now)
            counted = [
                await self._write(session, turn, *who)
                for turn, who in zip(kept, people, strict=True)
            ]
            written = zip(kept, people, strict=True)
            replies = [self._replies(turn.work, *who, turn.outcome) for turn, who in written]
            await add_replies(session, list(chain.from_iterable(replies)))
            await write_counts(session, [each for each in counted if each is not None])
            ended = zip(kept, counted, strict=True)
            told = [(turn.work.inbound.channel, turn.outcome) for turn, each in ended if each]
            await count_tellings(session, told)
            hit("turns.inside_commit")
            del rows  # kept till here, so that the session finds them
        return [None] * len(turns)

    async def _write(
        self, session: AsyncSession, turn: "_Ended", contact: Contact, address: Address
    ) -> Counted | None:
        work, known, outcome = turn.work, turn.known, turn.outcome
        now = self.clock.now()
        for effect in _effects(outcome, contact_is_test=is_test(work.inbound.channel)):
            await apply_effect(session, self.vault, contact, address, work.inbound, effect, now)
        is_counted = turn.is_noticed and not is_test(work.inbound.channel)
        counted, dialogue = (
            self._count(work, contact, outcome) if is_counted else (None, outcome.dialogue)
        )
        await save_dialogue(session, self.vault, contact, known, dialogue, now)
        return counted

    def _count(
        self, work: Work, contact: Contact, outcome: Outcome, *, failed: bool = False
    ) -> tuple[Counted, Dialogue]:
        language = contact.language or self.conversation.default
        return self.tally.count(
            Who(work.inbound.channel, language, contact.area or ""),
            outcome.dialogue,
            outcome.reading,
            len(outcome.replies),
            self.clock.now(),
            failed=failed,
        )

    def _replies(
        self, work: Work, contact: Contact, address: Address, outcome: Outcome
    ) -> list[OutboxRow]:
        now = self.clock.now()
        return [
            new_reply(
                self.vault,
                contact_id=contact.id,
                address_id=address.id,
                channel=work.inbound.channel,
                inbound_id=work.id,
                part=part,
                message=reply.message,
                content=reply.content(),
                repeat_in_doubt=reply.must_arrive,
                now=now,
            )
            for part, reply in enumerate(outcome.replies)
        ]

    async def _give_back(self, work: Work) -> None:
        """Try again later, but not for ever."""
        if work.attempt < MOST_ATTEMPTS:
            await self.inbox.put_back(work)
        else:
            await self._quarantine(work)

    async def _quarantine(self, work: Work) -> None:
        """Say that something is wrong, and go on with what this person wrote next (F-32)."""
        async with self.database.read() as session:
            [known] = await load_known(session, self.vault, [work.person], self.clock.now())
        translate = self.conversation.phrases.for_language(
            known.person.language or self.conversation.default
        )
        sorry = Reply(Outbound(phrases.failed(translate)))
        outcome = Outcome((sorry,), known.dialogue, Reading("unknown"))
        await self._commit_quarantine(work, known, outcome)
        self.replies_ready()

    async def _commit_quarantine(self, work: Work, known: Known, outcome: Outcome) -> None:
        now = self.clock.now()
        async with self.database.write() as session:
            failed = End(work, InboxState.QUARANTINED, "failed")
            if not await end_messages(session, [failed], now):
                return
            writer = Writer(known, work.inbound, is_told_of_us=False)
            [(contact, address)] = await save_contacts(session, self.vault, [writer], now)
            await add_replies(session, self._replies(work, contact, address, outcome))
            if not is_test(work.inbound.channel):
                counted, _ = self._count(work, contact, outcome, failed=True)
                await write_counts(session, [counted])


def _effects(outcome: Outcome, *, contact_is_test: bool) -> Sequence[Effect]:
    """Staff who try something are no people whose questions and ratings count."""
    if not contact_is_test:
        return outcome.effects
    return [each for each in outcome.effects if not isinstance(each, KeepQuestion | Rate)]


async def _fetch(
    session: AsyncSession, turns: Sequence[_Ended]
) -> Sequence[Row[Contact, Address, Dialogues]]:
    """Read the rows of several people at once; while they are held, the session knows them."""
    ids = [turn.known.address_id for turn in turns if turn.known.address_id is not None]
    if not ids:
        return []
    return (await session.execute(_ROWS, {"ids": ids})).all()


def _name(error: BaseException) -> str:
    return type(error).__name__
