"""Questions that stayed open, as tests look at them."""

from pathlib import Path

from sqlalchemy import select

from bot.lexical import LearningMatcher
from bot.question_grouping import Grouping, open_question
from bot.question_models import QuestionGroup, UnansweredQuestion
from hub.app.hub import Hub
from tests.bot.words import rows

EXAMPLES = Path(__file__).parent.parent.parent / "nlu" / "data"
_MATCHER = LearningMatcher(EXAMPLES)  # learns once for all tests


async def kept(hub: Hub) -> list[tuple[str, str]]:
    """Why each was kept, and its words."""
    found = await rows(hub, select(UnansweredQuestion).order_by(UnansweredQuestion.reason))
    return [(row.reason, open_question(hub.vault, row)) for row in found]


async def groups(hub: Hub) -> list[QuestionGroup]:
    """After grouping what is new, the largest first."""
    while await Grouping(hub.database, hub.vault, _MATCHER).step():
        pass
    query = select(QuestionGroup).order_by(QuestionGroup.size.desc(), QuestionGroup.first_on)
    return await rows(hub, query)
