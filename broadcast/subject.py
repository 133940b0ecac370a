"""What the checks look at: one update as it would be sent now, and to how many. Judges nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from broadcast.audience import Audience, Count
from broadcast.checking import find_unchecked
from broadcast.models import Trial, Update
from broadcast.policy import Policy
from broadcast.templates import Template
from broadcast.versions import Repetition, read_texts, repetition_of, template_of
from content.models import AreaRow


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend. `place` is a form field: `text.es`, `areas`, `not_after`, …

    `words` are marked, not translated. What does not `block` is for the approver to judge.
    """

    place: str
    words: str
    values: Mapping[str, object] = field(default_factory=dict)
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class Subject:
    """All that the checks look at. `texts` are as sent, `text_length` the narrowest channel's."""

    title: str
    texts: Mapping[str, str]
    audience: Audience
    people: int
    outside_window: int
    unknown_areas: tuple[str, ...]
    send_at: datetime | None
    not_after: datetime
    now: datetime
    text_length: int | None
    policy: Policy
    urgency: str | None = None
    is_life_safety: bool = False
    repetition: Repetition | None = None
    was_tried: bool = True
    unchecked: tuple[str, ...] = ()
    templates: Mapping[str, Template] = field(default_factory=dict)


async def read_subject(
    session: AsyncSession, row: Update, policy: Policy, now: datetime, count: Count
) -> Subject:
    audience = Audience.from_json(row.audience)
    texts = await read_texts(session, row.id)
    return Subject(
        title=row.title,
        texts={language: words.as_sent for language, words in texts.items()},
        audience=audience,
        people=count.total,
        outside_window=count.outside_window,
        unknown_areas=await _find_unknown_areas(session, audience),
        send_at=row.send_at,
        not_after=row.not_after,
        now=now,
        text_length=narrowest(audience, policy),
        policy=policy,
        urgency=row.urgency,
        is_life_safety=row.is_life_safety,
        repetition=repetition_of(row),
        templates={name: found for name, words in texts.items() if (found := template_of(words))},
        was_tried=await was_tried(session, row),
        unchecked=find_unchecked(texts),
    )


def narrowest(audience: Audience, policy: Policy) -> int | None:
    """The shortest text length among the audience's channels; None without channels."""
    lengths = [n for name, n in policy.text_lengths.items() if audience.allows_channel(name)]
    return min(lengths, default=None)


async def was_tried(session: AsyncSession, row: Update) -> bool:
    """Whether exactly this version was sent to somebody's own phone (HUM-42)."""
    query = select(Trial.update_id).where(
        Trial.update_id == row.id, Trial.content_hash == row.content_hash
    )
    return await session.scalar(query.limit(1)) is not None


async def _find_unknown_areas(session: AsyncSession, audience: Audience) -> tuple[str, ...]:
    query = select(AreaRow.code).where(AreaRow.code.in_(audience.areas))
    known = set(await session.scalars(query))
    return tuple(code for code in audience.areas if code not in known)
