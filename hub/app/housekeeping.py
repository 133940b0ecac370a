"""Keeps the promises about time: erasure asked for, texts and dialogues past their retention."""

from dataclasses import dataclass
from datetime import timedelta

from bot.contacts import erase_due, forget_dialogues
from bot.inbox import Inbox
from bot.outbox import Outbox
from content.review import expire_content
from hub.clock import Clock
from hub.config import Retention
from hub.database import Database
from hub.logs import get_log

_log = get_log("housekeeping")


@dataclass(frozen=True)
class Housekeeping:
    """A step for `hub.jobs`."""

    database: Database
    inbox: Inbox
    outbox: Outbox
    retention: Retention
    clock: Clock

    async def step(self) -> bool:
        now = self.clock.now()
        texts_before = now - timedelta(days=self.retention.message_days)
        dialogues_before = now - timedelta(hours=self.retention.dialogue_hours)
        async with self.database.write() as session:
            erased = await erase_due(session, now)
            dialogues = await forget_dialogues(session, dialogues_before)
            await expire_content(session, now)
        messages = await self.inbox.forget(texts_before)
        replies = await self.outbox.forget(texts_before)
        if erased or dialogues or messages or replies:
            _log.info(
                "forgotten", contacts=erased, dialogues=dialogues, inbox=messages, outbox=replies
            )
        return False
