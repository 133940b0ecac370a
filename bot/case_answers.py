"""An answer of a person that waits behind a template: told when whoever asked taps its button.

Outside WhatsApp's window only a template may leave; it says that there is an answer and nothing of
what it says. Changes nothing: a second tap tells the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from bot import form_phrases
from bot.case_models import Case, CaseMessage
from bot.cases import MessageKind
from bot.models import Conversation
from hub.clock import Clock
from hub.database import Database
from hub.i18n import Translate
from hub.vault import UnreadableValueError, Vault

KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a template announced, and when: words, or a topic whose answer is told as it is now."""

    at: datetime
    text: str = field(default="", repr=False)
    topic: str | None = None


@dataclass(frozen=True)
class CaseAnswers:
    database: Database
    vault: Vault
    clock: Clock
    speak: Callable[[str], Translate]

    async def read(self, tracker_id: str) -> Waiting | None:
        """The last answer that a template announced to whoever has this dialogue."""
        query = (
            select(CaseMessage, Case.language)
            .join(Case, Case.id == CaseMessage.case_id)
            .join(Conversation, Conversation.contact_id == Case.contact_id)
            .where(
                Conversation.tracker_id == tracker_id,
                CaseMessage.kind == MessageKind.ANNOUNCED,
                CaseMessage.at > self.clock.now() - KEPT,
            )
            .order_by(CaseMessage.seq.desc())
            .limit(1)
        )
        async with self.database.read() as session:
            found = (await session.execute(query)).first()
        if found is None:
            return None
        row, language = found
        try:
            text = self.vault.open("case_messages", "text", row.id, row.text_sealed)
        except UnreadableValueError:
            return None
        return Waiting(row.at, form_phrases.from_person(self.speak(language), text))
