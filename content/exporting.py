"""Writes the database's content as a pack again, for review in version control and for moving.

For each topic and service: what is told now, else what waits for review, else what was told last.
Drafts and withdrawn versions stay where they are.
"""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.formatting import write_pack
from content.models import Answer, AnswerText, AreaRow, Service, Topic
from content.pack import Pack, TopicContent
from content.rows import read_settings, to_area_content, to_service, to_topic
from content.states import State
from hub.database import Database

_PREFERRED = {State.APPROVED: 2, State.IN_REVIEW: 1, State.EXPIRED: 0}
Order = Callable[[Answer | Service], tuple[int, int]]  # the last in order is the one exported


class NothingToExportError(Exception):
    """No pack was ever imported, so its languages and sub-groups are unknown."""


def by_telling(row: Answer | Service) -> tuple[int, int]:
    return _PREFERRED[State(row.state)], row.version


def by_version(row: Answer | Service) -> tuple[int, int]:
    """The newest words, although they may still wait for review."""
    return row.version, 0


async def export_pack(database: Database, folder: Path) -> list[Path]:
    """Write the pack's files below `folder`; return those that changed."""
    async with database.read() as session:
        pack = await load_pack(session)
    return write_pack(pack, folder)


async def load_pack(session: AsyncSession, order: Order = by_telling) -> Pack:
    settings = await read_settings(session)
    if settings is None:
        raise NothingToExportError("import a pack first: `chasqui content import`")
    areas = await session.scalars(select(AreaRow).order_by(AreaRow.code))
    services: dict[str, Service] = {}
    for service in sorted(
        await session.scalars(select(Service).where(Service.state.in_(_PREFERRED))), key=order
    ):
        services[service.key] = service
    return Pack(
        settings,
        tuple(await _load_topics(session, order)),
        tuple(to_service(services[key]) for key in sorted(services)),
        tuple(to_area_content(area) for area in areas),
    )


async def _load_topics(session: AsyncSession, order: Order) -> list[TopicContent]:
    owners = {topic.key: topic.owner for topic in await session.scalars(select(Topic))}
    answers: dict[str, Answer] = {}
    for answer in sorted(
        await session.scalars(select(Answer).where(Answer.state.in_(_PREFERRED))), key=order
    ):
        answers[answer.topic] = answer
    words: defaultdict[str, list[AnswerText]] = defaultdict(list)
    for word in await session.scalars(select(AnswerText)):
        words[word.answer_id].append(word)
    return [to_topic(answers[key], owners[key], words[answers[key].id]) for key in sorted(answers)]
