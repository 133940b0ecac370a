"""Who may move content from state to state, and the act itself with its audit entry.

Whoever verifies is of the owning sub-group and is neither author, editor nor submitter (PEER-10).
Every function works inside the caller's transaction and locks the row that it moves.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.check import check_topic
from content.checking import keep_checks, mark_checked, read_words
from content.codes import codes_for
from content.differences import name_changes
from content.findings import Finding, Findings, Severity
from content.models import Answer, AnswerText, Service, Topic
from content.pack import TopicContent
from content.rows import (
    fill_answer,
    new_answer,
    new_service,
    new_words,
    raise_revision,
    read_settings,
    read_topic,
    to_service,
)
from content.states import Move, MoveRefusedError, State, next_state
from content.validity import usual_end
from hub.i18n import FALLBACK
from hub.staff.audit import record_act
from hub.staff.models import StaffMember
from hub.staff.roles import Permission, permissions_of

_EDITABLE = frozenset({State.DRAFT, State.IN_REVIEW})
Item = Answer | Service


class WithdrawalReason(StrEnum):
    """Why a service is told no more; the audit log keeps it."""

    CLOSED = "closed"
    MOVED = "moved"
    WRONG = "wrong"
    UNSAFE = "unsafe"


class NotReadyError(MoveRefusedError):
    """The text breaks rules; `findings` name each."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"{finding.field}: {finding.message}" for finding in findings))
        self.findings = tuple(findings)


async def draft_topic(
    session: AsyncSession, content: TopicContent, member: StaffMember, now: datetime
) -> Answer:
    """A new topic with its first draft."""
    _demand(member, Permission.ANSWERS_WRITE)
    if await session.get(Topic, content.topic):
        raise MoveRefusedError(f"there is a topic {content.topic} already; edit its answer")
    session.add(Topic(key=content.topic, owner=content.owner))
    await session.flush()
    return await _add_version(session, content, member, now)


async def edit_answer(
    session: AsyncSession, answer_id: str, content: TopicContent, member: StaffMember, now: datetime
) -> Answer:
    """Change a draft, or what is in review (which makes it a draft again); of anything that may
    have been told, make a new draft version. The topic and its owner stay as they are."""
    _demand(member, Permission.ANSWERS_WRITE)
    row = await _lock_answer(session, answer_id)
    before = await read_topic(session, row)
    content = replace(content, topic=before.topic, owner=before.owner)
    old_words = await read_words(session, row.id)
    if State(row.state) not in _EDITABLE:
        return await _add_version(session, content, member, now, before, old_words)
    row.state = next_state(State(row.state), Move.EDIT)
    row.edited_by = [*(editor for editor in row.edited_by if editor != member.id), member.id]
    row.submitted_by = None
    fill_answer(row, content, now)
    words = new_words(row, content)
    keep_checks(old_words, words)
    await session.execute(delete(AnswerText).where(AnswerText.answer_id == row.id))
    session.add_all(words)
    changed = ", ".join(name_changes(before, content))
    await _note(session, row, Move.EDIT, member.id, now, hash=row.hash, changed=changed)
    return row


async def submit_answer(
    session: AsyncSession, answer_id: str, member: StaffMember, now: datetime
) -> Answer:
    """Hand a draft to review; raise `NotReadyError` if it breaks a rule of the pack."""
    _demand(member, Permission.ANSWERS_WRITE)
    row = await _lock_answer(session, answer_id)
    state = next_state(State(row.state), Move.SUBMIT)
    await _demand_ready(session, row)
    row.submitted_by = member.id
    row.comment = None
    await _move(session, row, state, Move.SUBMIT, member.id, now)
    return row


async def send_back(
    session: AsyncSession, answer_id: str, member: StaffMember, comment: str, now: datetime
) -> Answer:
    """Return what is in review to its author with a reason."""
    row = await _lock_answer(session, answer_id)
    await _demand_owner(session, row, member, Permission.ANSWERS_VERIFY)
    if not comment.strip():
        raise MoveRefusedError("say what should be changed")
    row.comment = comment.strip()[:500]
    await _apply(session, row, Move.SEND_BACK, member.id, now)
    return row


async def withdraw_answer(
    session: AsyncSession, answer_id: str, member: StaffMember, now: datetime
) -> Answer:
    """Stop telling a version at once. Any verifier may, of whatever sub-group: less is safer."""
    _demand(member, Permission.ANSWERS_WITHDRAW)
    row = await _lock_answer(session, answer_id)
    await _apply(session, row, Move.WITHDRAW, member.id, now)
    return row


async def verify_answer(
    session: AsyncSession,
    answer_id: str,
    member: StaffMember,
    expected_hash: str,
    now: datetime,
    valid_until: date | None = None,
    checked: Collection[str] = (),
) -> Answer:
    """Approve exactly the version whose hash the member saw; an older approved one expires.

    `checked` are the translations that the member can read and found right; Spanish always is.
    """
    row = await _lock_answer(session, answer_id)
    content = await read_topic(session, row)
    await _verify(session, row, member, (expected_hash, content.digest()), now, valid_until)
    mark_checked(await read_words(session, row.id), {FALLBACK, *checked}, member, now)
    await session.flush()
    return row


async def verify_service(
    session: AsyncSession,
    service_id: str,
    member: StaffMember,
    expected_hash: str,
    now: datetime,
    valid_until: date | None = None,
) -> Service:
    """As `verify_answer`, for a service that somebody confirmed with the place itself."""
    row = await _lock_service(session, service_id)
    found = to_service(row).digest()
    await _verify(session, row, member, (expected_hash, found), now, valid_until)
    return row


async def withdraw_service(
    session: AsyncSession,
    service_id: str,
    member: StaffMember,
    reason: WithdrawalReason,
    comment: str,
    now: datetime,
) -> Service:
    """As `withdraw_answer`, for a place that closed, moved or should not be told; `comment` may be
    empty."""
    _demand(member, Permission.ANSWERS_WITHDRAW)
    row = await _lock_service(session, service_id)
    row.comment = comment.strip()[:500] or None
    await _apply(session, row, Move.WITHDRAW, member.id, now, reason=reason)
    return row


async def recheck_service(
    session: AsyncSession, service_id: str, member: StaffMember, now: datetime
) -> Service:
    """Put what was told before into review again, as a new version with the same words: whoever
    asks for it is its author, so somebody else verifies. Until then, what is told stays."""
    _demand(member, Permission.ANSWERS_WRITE)
    row = await _lock_service(session, service_id)
    versions = list(await session.scalars(select(Service).where(Service.key == row.key)))
    if any(version.state in _EDITABLE for version in versions):
        raise MoveRefusedError(f"a version of {row.key} waits for review already")
    number = max(version.version for version in versions) + 1
    again = new_service(to_service(row), number, State.IN_REVIEW, now)
    again.author = again.submitted_by = member.id
    again.edited_by = []
    session.add(again)
    await _note(session, again, "recheck", member.id, now, hash=again.hash, version=number)
    return again


async def approve_demonstration(session: AsyncSession, actor: str, now: datetime) -> int:
    """Approve what packs brought, without a second person, marked so. For demo mode only."""
    waiting = [row for row in await _read_items(session, State.IN_REVIEW) if row.author is None]
    for row in waiting:
        row.is_demonstration = True
        await _approve(session, row, actor, now, None)
    return len(waiting)


async def expire_content(session: AsyncSession, now: datetime) -> int:
    """Mark what is over as expired. Readers do not rely on it: they look at the date themselves."""
    approved = await _read_items(session, State.APPROVED)
    over = [row for row in approved if row.valid_until and row.valid_until < now.date()]
    for row in over:
        await _apply(session, row, Move.EXPIRE, "system", now)
    return len(over)


async def _read_items(session: AsyncSession, state: State) -> list[Item]:
    answers = await session.scalars(
        select(Answer).where(Answer.state == state).order_by(Answer.topic, Answer.version)
    )
    services = await session.scalars(
        select(Service).where(Service.state == state).order_by(Service.key, Service.version)
    )
    return [*answers, *services]


async def _add_version(
    session: AsyncSession,
    content: TopicContent,
    member: StaffMember,
    now: datetime,
    before: TopicContent | None = None,
    old_words: Sequence[AnswerText] = (),
) -> Answer:
    last = select(func.max(Answer.version)).where(Answer.topic == content.topic)
    version = (await session.scalar(last) or 0) + 1
    row = new_answer(content, version, State.DRAFT, now)
    row.author = member.id
    row.edited_by = []
    session.add(row)
    await session.flush()
    words = new_words(row, content)
    keep_checks(old_words, words)
    session.add_all(words)
    detail: dict[str, str | int] = {"hash": row.hash, "version": version}
    if before:
        detail["changed"] = ", ".join(name_changes(before, content))
    await _note(session, row, "draft", member.id, now, **detail)
    return row


async def _verify(
    session: AsyncSession,
    row: Item,
    member: StaffMember,
    hashes: tuple[str, str],
    now: datetime,
    valid_until: date | None,
) -> None:
    next_state(State(row.state), Move.VERIFY)
    await _demand_owner(session, row, member, Permission.ANSWERS_VERIFY)
    if member.id in {row.author, row.submitted_by, *row.edited_by}:
        raise MoveRefusedError("whoever wrote, edited or submitted a text cannot verify it")
    if set(hashes) != {row.hash}:
        raise MoveRefusedError("this is not the text that you saw; read it again")
    if valid_until and valid_until < now.date():
        raise MoveRefusedError(f"valid until {valid_until} is over already")
    row.verified_by = member.id
    await _approve(session, row, member.id, now, valid_until)


async def _approve(
    session: AsyncSession, row: Item, actor: str, now: datetime, valid_until: date | None
) -> None:
    await _supersede(session, row, actor, now)
    row.verified_at = now
    row.valid_until = valid_until or usual_end(row, now.date())
    if isinstance(row, Answer):
        row.code = await _find_code(session, row)
    await _apply(session, row, Move.VERIFY, actor, now)


async def _find_code(session: AsyncSession, row: Answer) -> str:
    for code in codes_for(row.topic, row.version, row.hash):
        other = await session.scalar(select(Answer.id).where(Answer.code == code))
        if other in (None, row.id):
            return code
    raise AssertionError("codes never end")


async def _supersede(session: AsyncSession, row: Item, actor: str, now: datetime) -> None:
    older: Item | None
    if isinstance(row, Answer):
        older = await session.scalar(
            select(Answer).where(Answer.topic == row.topic, Answer.state == State.APPROVED)
        )
    else:
        older = await session.scalar(
            select(Service).where(Service.key == row.key, Service.state == State.APPROVED)
        )
    if older:
        await _apply(session, older, Move.SUPERSEDE, actor, now)


async def _apply(
    session: AsyncSession, row: Item, move: Move, actor: str, now: datetime, **detail: str
) -> None:
    await _move(session, row, next_state(State(row.state), move), move, actor, now, **detail)


async def _move(
    session: AsyncSession,
    row: Item,
    state: State,
    move: Move,
    actor: str,
    now: datetime,
    **detail: str,
) -> None:
    row.state = state
    row.changed_at = now
    await _note(session, row, move, actor, now, hash=row.hash, version=row.version, **detail)


async def _note(
    session: AsyncSession, row: Item, act: str, actor: str, now: datetime, **detail: str | int
) -> None:
    kind = "answer" if isinstance(row, Answer) else "service"
    await session.flush()
    await record_act(session, now, actor, f"{kind}_{act}", kind, row.id, **detail)
    await raise_revision(session)


async def _lock_answer(session: AsyncSession, answer_id: str) -> Answer:
    row = await session.get(Answer, answer_id, with_for_update=True)
    if row is None:
        raise MoveRefusedError("no such answer")
    return row


async def _lock_service(session: AsyncSession, service_id: str) -> Service:
    row = await session.get(Service, service_id, with_for_update=True)
    if row is None:
        raise MoveRefusedError("no such service")
    return row


async def check_draft(session: AsyncSession, content: TopicContent) -> list[Finding]:
    """What the rules of the pack find in a text, warnings among it."""
    settings = await read_settings(session)
    if settings is None:
        raise MoveRefusedError("no content pack was imported yet, so nothing can be checked")
    findings = Findings()
    known = await session.scalars(select(Topic.key))
    check_topic(content, settings, list(known), findings)
    return findings.items


async def _demand_ready(session: AsyncSession, row: Answer) -> None:
    findings = await check_draft(session, await read_topic(session, row))
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise NotReadyError(errors)


def _demand(member: StaffMember, permission: Permission) -> None:
    if member.disabled_at or permission not in permissions_of(member.roles):
        raise MoveRefusedError(f"this needs the permission {permission}")


async def _demand_owner(
    session: AsyncSession, row: Item, member: StaffMember, permission: Permission
) -> None:
    _demand(member, permission)
    owner = row.owner if isinstance(row, Service) else await _owner_of(session, row)
    if owner not in member.sub_groups:
        raise MoveRefusedError(f"only the sub-group {owner} may do this")


async def _owner_of(session: AsyncSession, row: Answer) -> str | None:
    return await session.scalar(select(Topic.owner).where(Topic.key == row.topic))
