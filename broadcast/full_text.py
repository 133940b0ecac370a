"""The whole update for whoever got a template of it and asks for more. Sends nothing itself.

A tap on the template's button opens the window for free text; the bot answers with these words.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from bot.case_answers import CaseAnswers
from bot.models import Conversation
from broadcast.audience import REACHED
from broadcast.models import Delivery, Update, UpdateText
from broadcast.states import State
from hub.clock import Clock
from hub.database import Database

_KEPT = timedelta(days=7)
_TOLD = (State.SENDING, State.PAUSED, State.SENT)


@dataclass(frozen=True)
class FullTexts:
    database: Database
    clock: Clock
    answers: CaseAnswers | None = None  # their templates have the same button

    async def read(self, tracker_id: str) -> str | None:
        """What the last template to this person stood for: an answer of a person, or the words of
        an update; None if there is none, or if the update was stopped meanwhile."""
        waiting = await self.answers.read(tracker_id) if self.answers else None
        query = (
            select(UpdateText, Update.state, Delivery.claimed_at)
            .join(Update, Update.id == UpdateText.update_id)
            .join(Delivery, Delivery.update_id == UpdateText.update_id)
            .join(Conversation, Conversation.contact_id == Delivery.contact_id)
            .where(
                Conversation.tracker_id == tracker_id,
                UpdateText.language == Delivery.language,
                Delivery.template_sid.is_not(None),
                Delivery.state.in_(REACHED),
                Delivery.claimed_at > self.clock.now() - _KEPT,
            )
            .order_by(Delivery.claimed_at.desc())
            .limit(1)
        )
        async with self.database.read() as session:
            found = (await session.execute(query)).first()
        if waiting is not None and (found is None or found[2] is None or found[2] < waiting.at):
            return waiting.text
        if found is None or found[1] not in _TOLD:
            return None
        return found[0].as_sent
