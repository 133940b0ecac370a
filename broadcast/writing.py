"""Writing an update: compose, edit, hand over, withdraw. Never approves and never sends.

Every edit is a new version with a hash of its own, and voids whatever was approved before.
"""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.audience import Audience
from broadcast.checking import keep_checks
from broadcast.errors import CorruptedError, StaleVersionError, UnfitError
from broadcast.models import Update, UpdateEdit, UpdateText
from broadcast.policy import Policy
from broadcast.states import Move, State, next_state
from broadcast.verify import find_faults
from broadcast.versions import (
    Draft,
    find_update,
    hash_of,
    lock_update,
    read_content,
    read_texts,
    repetition_of,
    spell_content,
    template_of,
)
from hub.database import new_id
from hub.staff.audit import record_act


async def compose(
    session: AsyncSession,
    draft: Draft,
    policy: Policy,
    *,
    author: str,
    now: datetime,
    repeats_id: str | None = None,
) -> Update:
    row = Update(
        id=new_id(), state=State.DRAFT, version=1, author_id=author, created_at=now, changed_at=now
    )
    row.repeats_id = repeats_id
    texts = _render(row.id, draft, policy)
    _fill(row, draft, texts)
    if repeats_id is not None:
        keep_checks(await read_texts(session, repeats_id), texts)
    session.add(row)
    await session.flush()
    session.add_all(texts)
    await _sign(session, row, author, now)
    return row


async def edit(
    session: AsyncSession,
    update_id: str,
    draft: Draft,
    policy: Policy,
    *,
    seen_version: int,
    editor: str,
    now: datetime,
) -> Update:
    """Make the next version, a draft again; raise `StaleVersionError` if another was seen."""
    row = await lock_update(session, update_id)
    if row.version != seen_version:
        raise StaleVersionError(f"update {update_id}: version {row.version}, seen {seen_version}")
    row.state = next_state(State(row.state), Move.EDIT)
    row.version += 1
    row.submitter_id = row.comment = row.starts_at = None
    row.changed_at = now
    texts = _render(row.id, draft, policy)
    _fill(row, draft, texts)
    keep_checks(await read_texts(session, row.id), texts)
    await session.flush()
    await session.execute(delete(UpdateText).where(UpdateText.update_id == row.id))
    session.add_all(texts)
    await _sign(session, row, editor, now)
    return row


async def submit(
    session: AsyncSession,
    update_id: str,
    policy: Policy,
    *,
    seen_version: int,
    submitter: str,
    now: datetime,
) -> Update:
    """Hand over for approval; raise `UnfitError` while a check finds a fault."""
    row = await lock_update(session, update_id)
    if row.version != seen_version:
        raise StaleVersionError(f"update {update_id}: version {row.version}, seen {seen_version}")
    target = next_state(State(row.state), Move.SUBMIT)
    if hash_of(row, await read_content(session, update_id)) != row.content_hash:
        raise CorruptedError(update_id)
    if await find_faults(session, row, policy, now):
        raise UnfitError(update_id)
    row.state, row.submitter_id, row.changed_at = target, submitter, now
    await record_act(session, now, submitter, "submit", "update", row.id, version=row.version)
    return row


async def correct(
    session: AsyncSession, update_id: str, policy: Policy, *, title: str, author: str, now: datetime
) -> Update:
    """A new draft with the same words, for exactly those whom the update reached, or whom the
    bot told the answer that it was taken from (HUM-43)."""
    draft = await read_draft(session, update_id)
    told = {language: text for language, text in draft.texts.items() if language in policy.closings}
    wrong = Audience(reached_by=update_id, told_answer=draft.answer_id)
    return await compose(
        session,
        Draft(title, told, wrong, None, now + policy.default_life, owner=draft.owner),
        policy,
        author=author,
        now=now,
    )


async def withdraw(session: AsyncSession, update_id: str, *, actor: str, now: datetime) -> Update:
    """Give up an update that was not approved; it stays readable."""
    row = await lock_update(session, update_id)
    row.state = next_state(State(row.state), Move.WITHDRAW)
    row.ended_at = row.changed_at = now
    await record_act(session, now, actor, "withdraw", "update", row.id, version=row.version)
    return row


async def read_draft(session: AsyncSession, update_id: str) -> Draft:
    """What the author wrote, to fill the form with."""
    row = await find_update(session, update_id)
    texts = await read_texts(session, update_id)
    return Draft(
        title=row.title,
        texts={language: words.text for language, words in texts.items()},
        audience=Audience.from_json(row.audience),
        send_at=row.send_at,
        not_after=row.not_after,
        urgency=row.urgency,
        is_life_safety=row.is_life_safety,
        repetition=repetition_of(row),
        answer_id=row.answer_id,
        owner=row.owner,
        templates={name: found for name, words in texts.items() if (found := template_of(words))},
    )


def _render(update_id: str, draft: Draft, policy: Policy) -> list[UpdateText]:
    """The rows of the languages that have words; the closing is fixed here, not when it is sent."""
    unknown = set(draft.texts) - set(policy.closings)
    if unknown:
        raise UnfitError(f"languages that this deployment does not have: {sorted(unknown)}")
    return [
        UpdateText(
            update_id=update_id,
            language=language,
            text=text.strip(),
            closing=policy.closings[language],
            template=draft.templates[language].to_json() if language in draft.templates else None,
        )
        for language, text in draft.texts.items()
        if text.strip()
    ]


def _fill(row: Update, draft: Draft, texts: list[UpdateText]) -> None:
    row.title, row.audience = draft.title.strip(), draft.audience.to_json()
    row.send_at, row.not_after = draft.send_at, draft.not_after
    row.urgency, row.answer_id = (draft.urgency or "").strip() or None, draft.answer_id
    row.is_life_safety = draft.is_life_safety and row.urgency is not None
    row.owner, repetition = draft.owner, draft.repetition
    row.repeat_days = repetition.days if repetition else None
    row.repeat_until = repetition.until if repetition else None
    row.content_hash = hash_of(row, spell_content(texts))


async def _sign(session: AsyncSession, row: Update, editor: str, now: datetime) -> None:
    session.add(UpdateEdit(update_id=row.id, version=row.version, editor_id=editor, at=now))
    await session.flush()
    action = "compose" if row.version == 1 else "edit"
    await record_act(
        session, now, editor, action, "update", row.id, version=row.version, hash=row.content_hash
    )
