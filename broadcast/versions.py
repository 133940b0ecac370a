"""What one version of an update says, and the hash that an approval is bound to.

It covers every byte that is sent, to whom and when; the title is for staff only and stays out.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.audience import Audience
from broadcast.errors import UnknownUpdateError
from broadcast.models import Update, UpdateEdit, UpdateText

_SHORT_CODE = 8


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author writes. `texts` are by language, without the closing line."""

    title: str
    texts: Mapping[str, str]
    audience: Audience
    send_at: datetime | None
    not_after: datetime


def content_hash(
    texts: Mapping[str, str], audience: Audience, send_at: datetime | None, not_after: datetime
) -> str:
    """SHA-256 over the texts as sent, the audience and the times; 64 hexadecimal characters."""
    content = {
        "texts": dict(texts),
        "audience": audience.to_json(),
        "send_at": _spell(send_at) if send_at else None,
        "not_after": _spell(not_after),
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def hash_of(row: Update, texts: Mapping[str, str]) -> str:
    """The hash of what is stored now, to be compared with the one that was approved."""
    return content_hash(texts, Audience.from_json(row.audience), row.send_at, row.not_after)


def short_code(content: str) -> str:
    """The first characters of a hash, for people to compare by eye."""
    return content[:_SHORT_CODE]


async def find_update(session: AsyncSession, update_id: str) -> Update:
    """Raise `UnknownUpdateError` if there is none."""
    row = await session.get(Update, update_id)
    if row is None:
        raise UnknownUpdateError(update_id)
    return row


async def lock_update(session: AsyncSession, update_id: str) -> Update:
    """The update, fresh, and kept from others until the transaction ends.

    Always the first lock taken: updates, then deliveries, then addresses, so no two wait in a ring.
    """
    query = select(Update).where(Update.id == update_id).with_for_update()
    row = await session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise UnknownUpdateError(update_id)
    return row


async def read_texts(session: AsyncSession, update_id: str) -> dict[str, UpdateText]:
    rows = await session.scalars(select(UpdateText).where(UpdateText.update_id == update_id))
    return {row.language: row for row in rows}


async def read_sent_texts(session: AsyncSession, update_id: str) -> dict[str, str]:
    """By language, exactly as they are sent."""
    texts = await read_texts(session, update_id)
    return {language: row.as_sent for language, row in texts.items()}


async def read_editors(session: AsyncSession, update_id: str, version: int) -> set[str]:
    """Everybody whose words may be in this version: editors of it and of all before it."""
    query = select(UpdateEdit.editor_id).where(
        UpdateEdit.update_id == update_id, UpdateEdit.version <= version
    )
    return set(await session.scalars(query))


def _spell(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
