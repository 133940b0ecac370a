"""The language gate of updates: which languages somebody who speaks them has read.

The author's own word counts, since only they may know the language; the audit log says whose it
was. It is no part of the approved hash: that is of what is sent, to whom and when, and a mark that
comes while an update waits for approval changes none of it, so it must not void what was seen.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.errors import (
    CorruptedError,
    MoveRefusedError,
    NotAllowedError,
    StaleVersionError,
    UnfitError,
)
from broadcast.models import UpdateText
from broadcast.states import State
from broadcast.versions import hash_of, lock_update, read_texts, spell_content
from hub.staff.audit import record_act
from hub.staff.models import StaffMember
from hub.staff.roles import Permission, permissions_of

CHECKABLE = frozenset({State.DRAFT, State.IN_REVIEW})
CHECKERS = frozenset({Permission.UPDATES_WRITE, Permission.UPDATES_APPROVE})


async def check_language(
    session: AsyncSession,
    update_id: str,
    language: str,
    *,
    seen_hash: str,
    checker: str,
    now: datetime,
) -> None:
    """Note that the checker speaks the language, read exactly these words and found them right."""
    row = await lock_update(session, update_id)
    if State(row.state) not in CHECKABLE:
        raise MoveRefusedError(f"update {update_id}: no language is checked while {row.state}")
    member = await session.get(StaffMember, checker)
    if member is None or member.disabled_at or not CHECKERS & permissions_of(member.roles):
        raise NotAllowedError(checker)
    if row.content_hash != seen_hash:
        raise StaleVersionError(f"update {update_id}: another version than was seen")
    texts = await read_texts(session, update_id)
    if hash_of(row, spell_content(texts.values())) != row.content_hash:
        raise CorruptedError(update_id)
    if language not in texts:
        raise UnfitError(f"update {update_id}: no text in {language}")
    texts[language].checked_by, texts[language].checked_at = checker, now
    await session.flush()
    await record_act(
        session,
        now,
        checker,
        "check_language",
        "update",
        row.id,
        version=row.version,
        language=language,
        hash=row.content_hash,
    )


def find_unchecked(texts: Mapping[str, UpdateText]) -> tuple[str, ...]:
    """The languages that it is written in and that nobody has checked. Who reads another language
    than their own, for want of a text, is told by the plan."""
    return tuple(language for language, words in texts.items() if words.checked_by is None)


def keep_checks(before: Mapping[str, UpdateText], after: Iterable[UpdateText]) -> None:
    """What people read in a language stays checked as long as not one letter of it changes."""
    for words in after:
        same = before.get(words.language)
        if same is not None and _read(same) == _read(words):
            words.checked_by, words.checked_at = same.checked_by, same.checked_at


def _read(words: UpdateText) -> tuple[object, ...]:
    return words.text, words.closing, words.template
