"""Unanswered questions to show in the console, kept and grouped as the chat does it."""

from sqlalchemy import select

from bot.lexical import LearningMatcher
from bot.models import Contact
from bot.question_grouping import Grouping
from bot.question_models import QuestionGroup, UnansweredQuestion
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
