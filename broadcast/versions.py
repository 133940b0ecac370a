"""What one version of an update says, and the hash that an approval is bound to.

It covers every byte that is sent, to whom and when; the title is for staff only and stays out.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.audience import Audience
from broadcast.errors import UnknownUpdateError
from broadcast.models import Update, UpdateEdit, UpdateText
from broadcast.templates import Template

_SHORT_CODE = 8

Columns = Row[*tuple[Any, ...]]  # of a table's row, with the names of its object


@dataclass(frozen=True, slots=True)
class Repetition:
    """The same words again every `days` days, the last time not later than `until`."""

    days: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author writes. `texts` are by language, without the closing line.

    `urgency` is why it cannot wait, and `is_life_safety` that it cannot wait for the morning: see
    `broadcast.priority`.
    """

    title: str
    texts: Mapping[str, str]
    audience: Audience
    send_at: datetime | None
    not_after: datetime
    urgency: str | None = None
    is_life_safety: bool = False
    repetition: Repetition | None = None
    answer_id: str | None = None
    owner: str | None = None  # the sub-group for which it is sent, out of whose quota
    templates: Mapping[str, Template] = field(default_factory=dict)


def content_hash(
    texts: Mapping[str, str],
    audience: Audience,
    send_at: datetime | None,
    not_after: datetime,
    *,
    urgency: str | None = None,
    is_life_safety: bool = False,
    repetition: Repetition | None = None,
    owner: str | None = None,
) -> str:
    """SHA-256 over the texts as sent, the audience and the times; 64 hexadecimal characters.

    What is not chosen of the later settings is left out, so that approvals from before hold."""
    content: dict[str, object] = {
        "texts": dict(texts),
        "audience": audience.to_json(),
        "send_at": _spell(send_at) if send_at else None,
        "not_after": _spell(not_after),
    }
    if urgency is not None:
        content["urgency"] = urgency
    if is_life_safety:
        content["life_safety"] = True
    if repetition is not None:
        content["repetition"] = [repetition.days, _spell(repetition.until)]
    if owner is not None:
        content["owner"] = owner
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def hash_of(row: Update | Columns, texts: Mapping[str, str]) -> str:
    """The hash of what is stored now, to be compared with the one that was approved. `texts` are
    those of `spell_content`."""
    return content_hash(
        texts,
        Audience.from_json(row.audience),
        row.send_at,
        row.not_after,
        urgency=row.urgency,
        is_life_safety=row.is_life_safety,
        repetition=repetition_of(row),
        owner=row.owner,
    )


def repetition_of(row: Update | Columns) -> Repetition | None:
    if row.repeat_days is None or row.repeat_until is None:
        return None
    return Repetition(row.repeat_days, row.repeat_until)


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
    query = select(UpdateText).where(UpdateText.update_id == update_id)
    rows = await session.scalars(query.order_by(UpdateText.language))
    return {row.language: row for row in rows}


async def read_sent_texts(session: AsyncSession, update_id: str) -> dict[str, str]:
    """By language, exactly as they are sent."""
    texts = await read_texts(session, update_id)
    return {language: row.as_sent for language, row in texts.items()}


async def read_content(session: AsyncSession, update_id: str) -> dict[str, str]:
    """Everything that a person may read, as it is hashed."""
    return spell_content((await read_texts(session, update_id)).values())


def spell_content(rows: Iterable[UpdateText | Columns]) -> dict[str, str]:
    """Texts as sent by language, and templates by `language.template`."""
    content: dict[str, str] = {}
    for row in rows:
        content[row.language] = row.as_sent
        if row.template:
            spelled = json.dumps(row.template, sort_keys=True, ensure_ascii=False)
            content[f"{row.language}.template"] = spelled
    return content


def template_of(row: UpdateText | Columns) -> Template | None:
    return Template.from_json(row.template) if row.template else None


async def read_editors(session: AsyncSession, update_id: str, version: int) -> set[str]:
    """Everybody whose words may be in this version: editors of it and of all before it."""
    query = select(UpdateEdit.editor_id).where(
        UpdateEdit.update_id == update_id, UpdateEdit.version <= version
    )
    return set(await session.scalars(query))


async def void_approvals(session: AsyncSession, row: Update, now: datetime) -> None:
    """A next version with the same words and editor, since an approval is of one version and is
    never deleted. `row` is a draft by now."""
    editor = await session.scalar(
        select(UpdateEdit.editor_id).where(
            UpdateEdit.update_id == row.id, UpdateEdit.version == row.version
        )
    )
    row.version += 1
    await session.flush()
    session.add(
        UpdateEdit(update_id=row.id, version=row.version, editor_id=editor or row.author_id, at=now)
    )


def _spell(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
