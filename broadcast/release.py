"""What may leave at this moment: the updates being sent, each checked against its approval (INV-6).

Read anew with every claim, in the claim's own transaction: no approval is trusted from memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Outbound, TemplateUse
from broadcast.audience import Audience
from broadcast.models import Approval, Update
from broadcast.policy import Policy
from broadcast.reasons import Reason
from broadcast.states import State
from broadcast.templates import Template
from broadcast.versions import hash_of, read_editors, read_texts, spell_content, template_of


@dataclass(frozen=True, slots=True)
class Release:
    """An update being sent, its texts by language, and why nothing of it may leave, if so.

    What cannot wait and what corrects `passes_share`: it reaches whoever had enough this week too.
    `owner` is the sub-group whose quota it draws on, if it is not urgent.
    """

    update_id: str
    texts: Mapping[str, str]
    templates: Mapping[str, Template]
    refusal: Reason | None
    passes_share: bool
    owner: str | None
    is_urgent: bool


async def read_releases(session: AsyncSession, policy: Policy, now: datetime) -> list[Release]:
    """Updates being sent, but for those that wait for the end of quiet hours (HUM-45). On
    PostgreSQL they are held, so that a stop waits for the claim."""
    query = select(Update).where(Update.state == State.SENDING).order_by(Update.id)
    rows = (await session.scalars(query.with_for_update(read=True))).all()
    releases = [await _read_release(session, row, now) for row in rows]
    if not policy.rests_at(now):
        return releases
    return [one for one in releases if one.refusal is not None or one.is_urgent]


def write_message(language: str, texts: Mapping[str, str], template: Template | None) -> Outbound:
    """What goes to the provider: the text, or a template that stands in for it."""
    if template is None:
        return Outbound(texts[language])
    use = TemplateUse(template.sid, tuple(sorted(template.variables.items())))
    return Outbound(template.text, template=use)


async def _read_release(session: AsyncSession, row: Update, now: datetime) -> Release:
    rows = await read_texts(session, row.id)
    refusal = None
    if row.not_after <= now:
        refusal = Reason.EXPIRED
    elif not await _is_approved(session, row, spell_content(rows.values())):
        refusal = Reason.UNAPPROVED
    is_correction = Audience.from_json(row.audience).is_correction
    return Release(
        row.id,
        {language: words.as_sent for language, words in rows.items()},
        {language: found for language, words in rows.items() if (found := template_of(words))},
        refusal,
        row.urgency is not None or is_correction,
        row.owner,
        row.urgency is not None,
    )


async def _is_approved(session: AsyncSession, row: Update, texts: Mapping[str, str]) -> bool:
    approval = await session.get(Approval, (row.id, row.version))
    if approval is None or approval.content_hash != hash_of(row, texts):
        return False
    involved = {row.author_id, row.submitter_id} | await read_editors(session, row.id, row.version)
    return approval.approver_id not in involved
