"""The first page after sign-in: what waits for this staff member, and what is going on."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.figures import count_alarms
from broadcast.models import Update
from broadcast.states import State
from hub.console.figure_views import Bar, Choice, Messages, rank_topics, read_messages
from hub.console.frame import Card, Page, Visitor
from hub.console.pages.figures import span_of
from hub.i18n import noop
from hub.staff.roles import Permission

_DAYS = 7
_MOST_TOPICS = 3


@dataclass(frozen=True)
class News:
    """What people wrote about in the last days."""

    messages: Messages
    topics: list[Bar]
    alarms: int
    days: int = _DAYS

    @property
    def busiest(self) -> int:
        return max(day.turns for day in self.messages.days)


async def show_home(visitor: Visitor) -> Response:
    async with visitor.console.database.read() as session:
        cards = [card for count in visitor.console.cards for card in await count(visitor, session)]
        news = await _read_news(visitor, session) if visitor.can(Permission.FIGURES_READ) else None
    return visitor.render("home.html", cards=cards, news=news)


async def _read_news(visitor: Visitor, session: AsyncSession) -> News:
    choice, span = Choice(_DAYS), span_of(visitor, _DAYS)
    topics = await rank_topics(session, choice, span, visitor.language)
    return News(
        messages=await read_messages(session, choice, span),
        topics=list(topics)[:_MOST_TOPICS],
        alarms=await count_alarms(session, span),
    )


async def count_cards(visitor: Visitor, session: AsyncSession) -> list[Card]:
    """Updates that leave just now, and those that somebody holds; to watch, not to do."""
    if not visitor.can(Permission.UPDATES_READ):
        return []
    running = (State.SCHEDULED, State.SENDING, State.PAUSED)
    rows = await session.execute(
        select(Update.state, func.count()).where(Update.state.in_(running)).group_by(Update.state)
    )
    counts = dict(rows.all())
    paused = counts.pop(State.PAUSED, 0)
    _ = visitor._
    cards = [
        Card(
            _("Updates on their way"),
            sum(counts.values()),
            _("Scheduled, or leaving just now"),
            "/updates",
            "good",
        ),
        Card(
            _("Updates on hold"),
            paused,
            _("Somebody paused them: go on, or stop them for good"),
            "/updates",
            "wait" if visitor.can(Permission.UPDATES_STOP) else "quiet",
        ),
    ]
    return [card for card in cards if card.count]


PAGES = (Page("/", Permission.SIGNED_IN, show_home, nav=noop("Home")),)
