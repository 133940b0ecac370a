"""Keeps the promises about time: erasure asked for, texts and dialogues past their retention."""

from dataclasses import dataclass
from datetime import timedelta

from bot.awaiting import forget_awaited
from bot.cases import forget_cases
from bot.contacts import erase_due, forget_dialogues, forget_holds
from bot.inbox import Inbox
from bot.outbox import Outbox
from bot.own_contacts import erase_unused
from bot.tally import forget_counts
from bot.unanswered import forget_questions
from content.review import expire_content
from hub.clock import Clock
from hub.config import Retention
from hub.database import Database
from hub.jobs.steps import Step
from hub.logs import get_log
from hub.staff.audit_check import follow_chain
from hub.staff.audit_reading import last_number

_log = get_log("housekeeping")


@dataclass(frozen=True)
class Housekeeping:
    """Steps for `hub.jobs`, each of its own: one that fails must not stop the other promises."""

    database: Database
    inbox: Inbox
    outbox: Outbox
    retention: Retention
    clock: Clock

    def steps(self) -> dict[str, Step]:
        """By the name of their loop."""
        return {
            "erase": self.erase,
            "forget-dialogues": self.forget_dialogues,
            "forget-texts": self.forget_texts,
            "forget-cases": self.forget_cases,
            "forget-questions": self.forget_questions,
            "forget-figures": self.forget_figures,
            "expire-content": self.expire_content,
            "follow-audit": self.follow_audit,
        }

    async def erase(self) -> bool:
        async with self.database.write() as session:
            erased = await erase_due(session, self.clock.now())
        return _tell("erased", erased)

    async def forget_dialogues(self) -> bool:
        before = self.clock.now() - timedelta(hours=self.retention.dialogue_hours)
        async with self.database.write() as session:
            forgotten = await forget_dialogues(session, before)
            await forget_holds(session, self.clock.now())
        return _tell("dialogues_forgotten", forgotten)

    async def forget_texts(self) -> bool:
        before = self.clock.now() - timedelta(days=self.retention.message_days)
        async with self.database.write() as session:
            await erase_unused(session, before)
        forgotten = await self.inbox.forget(before) + await self.outbox.forget(before)
        return _tell("texts_forgotten", forgotten)

    async def forget_cases(self) -> bool:
        kept = timedelta(days=self.retention.case_days)
        async with self.database.write() as session:
            forgotten = await forget_cases(session, self.clock.now(), kept)
        return _tell("cases_forgotten", forgotten)

    async def forget_questions(self) -> bool:
        """People are told how long words of theirs are kept, and that they wait for an answer."""
        before = self.clock.now() - timedelta(days=self.retention.message_days)
        async with self.database.write() as session:
            forgotten = await forget_questions(session, before.date())
            await forget_awaited(session, self.clock.now().date())
        return _tell("questions_forgotten", forgotten)

    async def forget_figures(self) -> bool:
        first = (self.clock.now() - timedelta(days=self.retention.figure_days)).date()
        async with self.database.write() as session:
            forgotten = await forget_counts(session, first.isoformat())
        return _tell("figures_forgotten", forgotten)

    async def expire_content(self) -> bool:
        async with self.database.write() as session:
            expired = await expire_content(session, self.clock.now())
        return _tell("content_expired", expired)

    async def follow_audit(self) -> bool:
        """A part of the chain; again at once while there is more to follow."""
        async with self.database.write() as session:
            check = await follow_chain(session, self.clock.now())
            if check.broken_seq is not None:
                _log.error("audit_broken", seq=check.broken_seq)
                return False
            return check.seq < await last_number(session)


def _tell(event: str, count: int) -> bool:
    """Never asks to be run again at once."""
    if count:
        _log.info(event, count=count)
    return False
