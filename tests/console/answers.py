"""Answers to show in the console, complete in five languages, as the rules of content want."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from content.pack import PackSettings, TopicContent
from content.review import draft_topic, submit_answer
from content.rows import raise_revision
from hub.staff.models import StaffMember

LANGUAGES = ("es", "en", "pt", "fr", "ht")
SETTINGS = PackSettings(
    name="Test",
    country="PE",
    languages=LANGUAGES,
    owners=("protection", "education"),
    needs=("legal", "education"),
    safety_owner="protection",
)
SENTENCE = "Ven con calma a la oficina y pregunta por tu turno. "
SOURCE = {
    "id": "s1",
    "name": "Oficina de prueba",
    "url": "https://example.org/a",
    "date": "2026-03",
    "confidence": "high",
    "facts": "the hours",
}


def make_content(
    topic: str = "asylum.apply",
    *,
    owner: str = "protection",
    title: str = "Cómo pedir refugio",
    text: str = SENTENCE * 4,
    source: str = SOURCE["name"],
) -> TopicContent:
    return TopicContent(
        topic=topic,
        owner=owner,
        sensitive=False,
        handover=True,
        titles=dict.fromkeys(LANGUAGES, title[:24]),
        need="legal",
        related=(),
        sources=({**SOURCE, "name": source},),
        texts={language: text.strip() for language in LANGUAGES},
    )


async def add_draft(
    session: AsyncSession, author_id: str, now: datetime, content: TopicContent | None = None
) -> str:
    await raise_revision(session, SETTINGS)
    author = await session.get_one(StaffMember, author_id)
    row = await draft_topic(session, content or make_content(), author, now)
    return row.id


async def add_in_review(
    session: AsyncSession, author_id: str, now: datetime, content: TopicContent | None = None
) -> str:
    answer_id = await add_draft(session, author_id, now, content)
    author = await session.get_one(StaffMember, author_id)
    await submit_answer(session, answer_id, author, now)
    return answer_id
