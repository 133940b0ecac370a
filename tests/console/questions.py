"""Unanswered questions to show in the console, kept and grouped as the chat does it."""

from datetime import timedelta

from sqlalchemy import select

from bot.lexical import LearningMatcher
from bot.models import Address, Contact
from bot.question_grouping import Grouping
from bot.question_models import AwaitedAnswer, AwaitState, QuestionGroup, UnansweredQuestion
from bot.unanswered import Reason
from hub.database import new_id
from tests.bot.questions import EXAMPLES
from tests.console.conftest import ConsoleHarness

_MATCHER = LearningMatcher(EXAMPLES)
CAT = "puedo viajar con mi gato en el bus"


async def add_question(
    console: ConsoleHarness,
    text: str = CAT,
    *,
    reason: Reason = Reason.UNKNOWN,
    language: str = "es",
    area: str | None = None,
) -> None:
    """One more person who asked this."""
    now, question_id = console.clock.now(), new_id()
    async with console.database.write() as session:
        contact = Contact(id=new_id(), language=language, created_at=now, last_seen_at=now)
        session.add(contact)
        await session.flush()
        session.add(
            UnansweredQuestion(
                id=question_id,
                contact_id=contact.id,
                language=language,
                area=area,
                reason=reason,
                text_sealed=console.vault.seal("unanswered_questions", "text", question_id, text),
                asked_on=now.date(),
            )
        )


async def add_asker(
    console: ConsoleHarness,
    *,
    channel: str = "whatsapp",
    language: str = "es",
    silent_for: timedelta = timedelta(hours=1),
) -> None:
    """One more person who asked about the cat and said yes to being told."""
    now, contact_id, address_id = console.clock.now(), new_id(), new_id()
    question_id = new_id()
    async with console.database.write() as session:
        session.add(Contact(id=contact_id, language=language, created_at=now, last_seen_at=now))
        await session.flush()
        session.add(
            Address(
                id=address_id,
                contact_id=contact_id,
                channel=channel,
                index=address_id.encode(),
                sealed=console.vault.seal("addresses", "address", address_id, "+51900000001"),
                last_inbound_at=now - silent_for,
            )
        )
        session.add(
            UnansweredQuestion(
                id=question_id,
                contact_id=contact_id,
                language="es",
                reason=Reason.UNKNOWN,
                text_sealed=console.vault.seal("unanswered_questions", "text", question_id, CAT),
                asked_on=now.date(),
            )
        )
        await session.flush()
        session.add(
            AwaitedAnswer(
                contact_id=contact_id,
                address_id=address_id,
                question_id=question_id,
                language=language,
                consent_version="2026-11",
                state=AwaitState.WAITING,
                agreed_on=now.date(),
                expires_on=now.date() + timedelta(days=60),
            )
        )


async def group_questions(console: ConsoleHarness) -> list[QuestionGroup]:
    """The groups after sorting what is new, the largest first."""
    while await Grouping(console.database, console.vault, _MATCHER).step():
        pass
    async with console.database.read() as session:
        query = select(QuestionGroup).order_by(QuestionGroup.size.desc(), QuestionGroup.id)
        return list(await session.scalars(query))


async def read_group(console: ConsoleHarness, group_id: str) -> QuestionGroup:
    async with console.database.read() as session:
        return await session.get_one(QuestionGroup, group_id)
