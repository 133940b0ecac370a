"""Turns rows of content into the same plain values that a pack holds, and back. Decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.area_codes import AreaCodes
from content.models import (
    Answer,
    AnswerText,
    AreaRow,
    ContentRevision,
    Service,
    Topic,
)
from content.pack import (
    STEPS,
    AreaContent,
    PackSettings,
    ServiceContent,
    StepContent,
    TopicContent,
)
from content.states import State

_ONLY = 1
_BROUGHT = "brought"
_ENOUGH = 16  # digits of a digest to tell one pack's words from the next's


async def raise_revision(session: AsyncSession, settings: PackSettings | None = None) -> None:
    """Note that content changed, in the transaction of the change."""
    revision = await session.get(ContentRevision, _ONLY, with_for_update=True)
    if revision is None:
        revision = ContentRevision(id=_ONLY, number=0)
        session.add(revision)
    revision.number += 1
    if settings:
        revision.pack = {**asdict(settings), _BROUGHT: (revision.pack or {}).get(_BROUGHT, {})}
    await session.flush()


async def read_brought(session: AsyncSession) -> dict[str, str]:
    """The beginning of the digest that each topic and service had in the pack imported last."""
    revision = await session.get(ContentRevision, _ONLY)
    return dict((revision.pack or {}).get(_BROUGHT, {})) if revision else {}


async def note_brought(session: AsyncSession, digests: Mapping[str, str]) -> None:
    """Keep what a pack brought, beside what is known of others, for the next import."""
    revision = await session.get_one(ContentRevision, _ONLY, with_for_update=True)
    new = {name: digest[:_ENOUGH] for name, digest in digests.items()}
    pack = revision.pack or {}
    revision.pack = {**pack, _BROUGHT: {**pack.get(_BROUGHT, {}), **new}}
    await session.flush()


def is_brought(brought: Mapping[str, str], name: str, digest: str) -> bool:
    return brought.get(name) == digest[:_ENOUGH]


async def read_settings(session: AsyncSession) -> PackSettings | None:
    """The settings of the pack imported last, if any."""
    revision = await session.get(ContentRevision, _ONLY)
    if revision is None or revision.pack is None:
        return None
    raw = revision.pack
    return PackSettings(
        name=raw["name"],
        country=raw["country"],
        languages=tuple(raw["languages"]),
        owners=tuple(raw["owners"]),
        needs=tuple(raw["needs"]),
        safety_owner=raw["safety_owner"],
        left_out=tuple(raw["left_out"]),
        # A pack that was imported by an older hub has none of these.
        in_preparation=tuple(raw.get("in_preparation", ())),
        calling_code=raw.get("calling_code", ""),
        area_codes=tuple(raw.get("area_codes", ())),
        lines=raw.get("lines", {}),
    )


async def read_topic(session: AsyncSession, row: Answer) -> TopicContent:
    owner = await session.scalar(select(Topic.owner).where(Topic.key == row.topic))
    words = await session.scalars(
        select(AnswerText).where(AnswerText.answer_id == row.id).order_by(AnswerText.language)
    )
    return to_topic(row, owner or "", list(words))


def to_topic(row: Answer, owner: str, words: Sequence[AnswerText]) -> TopicContent:
    return TopicContent(
        topic=row.topic,
        owner=owner,
        sensitive=row.sensitive,
        handover=row.handover,
        titles={word.language: word.title for word in words if word.title},
        need=row.need,
        related=tuple(row.related),
        sources=tuple(row.sources),
        texts={word.language: word.text for word in words if word.text},
        more=_to_steps(words),
    )


def _to_steps(words: Sequence[AnswerText]) -> tuple[StepContent, ...]:
    by_step = {
        step: {word.language: word.steps[step] for word in words if step in word.steps}
        for step in STEPS
    }
    return tuple(StepContent(step, texts) for step, texts in by_step.items() if texts)


def new_answer(content: TopicContent, version: int, state: State, now: datetime) -> Answer:
    row = Answer(topic=content.topic, version=version, state=state, changed_at=now)
    fill_answer(row, content, now)
    return row


def fill_answer(row: Answer, content: TopicContent, now: datetime) -> None:
    """Everything but the words, which `new_words` makes once the row has its id."""
    row.sensitive = content.sensitive
    row.handover = content.handover
    row.need = content.need
    row.related = list(content.related)
    row.sources = list(content.sources)
    row.hash = content.digest()
    row.changed_at = now


def new_words(row: Answer, content: TopicContent) -> list[AnswerText]:
    return [
        AnswerText(
            answer_id=row.id,
            language=language,
            title=content.titles.get(language, ""),
            text=content.texts.get(language, ""),
            steps=content.steps_in(language),
        )
        for language in sorted(content.languages)
    ]


def to_service(row: Service) -> ServiceContent:
    return ServiceContent(
        key=row.key,
        owner=row.owner,
        organisation=row.organisation,
        names=row.name,
        area=row.area_code,
        address=row.address,
        needs=tuple(row.needs),
        rank=row.rank,
        phone=row.phone,
        hours=row.hours,
        cost=row.cost,
        notes=row.notes,
        languages=tuple(row.languages),
        source=row.source,
        opening=tuple(row.opening),
        serves=row.serves,
        bring=row.bring,
    )


def new_service(content: ServiceContent, version: int, state: State, now: datetime) -> Service:
    row = Service(key=content.key, version=version, state=state)
    fill_service(row, content, now)
    return row


def fill_service(row: Service, content: ServiceContent, now: datetime) -> None:
    row.hash = content.digest()
    row.changed_at = now
    row.owner = content.owner
    row.organisation = content.organisation
    row.name = content.names
    row.area_code = content.area
    row.address = content.address
    row.needs = list(content.needs)
    row.rank = content.rank
    row.phone = content.phone
    row.hours = content.hours
    row.cost = content.cost
    row.notes = content.notes
    row.languages = list(content.languages)
    row.source = content.source
    row.opening = list(content.opening)
    row.serves = content.serves
    row.bring = content.bring


def to_area_content(row: AreaRow) -> AreaContent:
    is_placed = row.latitude is not None and row.longitude is not None
    return AreaContent(
        code=row.code,
        name=row.name,
        aliases=tuple(row.aliases),
        population=row.population,
        at=(row.latitude or 0.0, row.longitude or 0.0) if is_placed else None,
        common_word=row.is_common_word,
    )


def new_area(content: AreaContent, codes: AreaCodes) -> AreaRow:
    """Raise `KeyError` for a code of a length that the pack does not have."""
    latitude, longitude = content.at or (None, None)
    return AreaRow(
        code=content.code,
        name=content.name,
        parent=codes.above(content.code),
        level=codes.by_length[len(content.code)],
        population=content.population,
        latitude=latitude,
        longitude=longitude,
        aliases=list(content.aliases),
        is_common_word=content.common_word,
    )
