"""What a template stood for, for whoever asks for it. Sends nothing itself.

A tap on the template's button opens the window for free text; the bot answers with these words.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from bot.awaiting import AwaitedBook
from bot.case_answers import CaseAnswers, Waiting
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
    # Their templates have the same button.
    answers: CaseAnswers | None = None
    awaited: AwaitedBook | None = None

    async def read(self, tracker_id: str) -> Waiting | None:
        """What the last template to this person stood for: an answer of a person, one that they
        waited for, or an update; None if there is none, or if it was stopped meanwhile."""
        of_case = await self.answers.read(tracker_id) if self.answers else None
        awaited = await self.awaited.announced(tracker_id) if self.awaited else None
        update = await self._read_update(tracker_id)
        found = [each for each in (update, awaited, of_case) if each is not None]
        last = max(found, key=lambda each: each.at, default=None)
        return None if last is None or not (last.text or last.topic) else last

    async def _read_update(self, tracker_id: str) -> Waiting | None:
        """Without words if it was stopped."""
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
        if found is None:
            return None
        row, state, at = found
        return Waiting(at, row.as_sent if state in _TOLD else "") if at is not None else None
