"""Updates that programs of partner organisations propose: drafts that people take up, or give up.

A program only writes. Somebody has to hand the draft over and another person to approve it, as with
every update, so nothing of a program's leaves without two people (PEER-10). It is told nothing of
who or how many would get it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.audience import Count
from broadcast.errors import UnfitError
from broadcast.models import Update, UpdateEdit
from broadcast.policy import Policy
from broadcast.states import State
from broadcast.subject import Finding, read_subject
from broadcast.verify import check
from broadcast.versions import Draft
from broadcast.writing import compose
from hub.staff.token_models import ApiToken

# What only people here can mend: reading it on a phone, and checking a language.
_FOR_STAFF = frozenset({"trial", "checked"})


class UnfitProposalError(UnfitError):
    """The rules found what has to be mended before anybody looks at it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("unfit proposal")
        self.findings = findings


async def propose(
    session: AsyncSession, draft: Draft, policy: Policy, *, account: str, now: datetime
) -> tuple[Update, list[Finding]]:
    """A draft by the program's account, and what its readers should know of it; raise
    `UnfitProposalError`, after which the caller must roll back."""
    row = await compose(session, draft, policy, author=account, now=now)
    rules = replace(policy, require_checked_languages=False)
    # Whoever proposes is told of the text; whom it reaches is for staff to see.
    somebody = Count(1, {}, {}, 0)
    subject = await read_subject(session, row, rules, now, somebody)
    findings = [each for each in check(subject) if each.place not in _FOR_STAFF]
    faults = [each for each in findings if each.blocks]
    if faults:
        raise UnfitProposalError(faults)
    return row, findings


async def find_proposal(
    session: AsyncSession, update_id: str, organisation_id: str
) -> Update | None:
    """None for what another organisation, or a person, wrote."""
    query = (
        select(Update)
        .join(ApiToken, ApiToken.account_id == Update.author_id)
        .where(Update.id == update_id, ApiToken.organisation_id == organisation_id)
    )
    return await session.scalar(query)


async def count_untouched(session: AsyncSession) -> int:
    """Proposals that nobody has handed over, changed or given up yet."""
    query = select(func.count()).select_from(Update).where(*_untouched())
    return await session.scalar(query) or 0


def _untouched() -> tuple[ColumnElement[bool], ...]:
    by_program = Update.author_id.in_(select(ApiToken.account_id))
    edited = exists().where(UpdateEdit.update_id == Update.id, UpdateEdit.version > 1)
    return Update.state == State.DRAFT, by_program, ~edited, Update.comment.is_(None)
