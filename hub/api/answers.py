"""Published answers, in their languages, with where each fact was read and until when it holds."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from content.pack import STEPS
from content.published import Gone, PublishedAnswer, read_answers
from hub.api.desk import Desk, Key, Language, Limit, Since, refusals, require, unchanged
from hub.api.replies import reply
from hub.staff.tokens import Scope


class Source(BaseModel):
    """Where a fact was read. `date` is as the source gives it: a day, month, year or `undated`."""

    name: str
    url: str | None
    date: str
    confidence: str


class Step(BaseModel):
    step: str = Field(description=", ".join(STEPS))
    text: str


class Words(BaseModel):
    """An answer in one language."""

    title: str = Field(description="Empty for the texts for people in danger.")
    text: str
    steps: list[Step] = Field(description="What may be told after the text, in this order.")
    is_checked: bool = Field(description="Whether somebody who speaks the language read it.")


class Answer(BaseModel):
    """What people are told about a topic now."""

    topic: str
    version: int
    code: str | None = Field(description="With which anybody can check that a text is ours.")
    owner: str = Field(description="The sub-group that verified it.")
    is_sensitive: bool = Field(description="Do not show its title where others may look on.")
    need: str | None = Field(description="The need whose services help further.")
    related: list[str]
    texts: dict[str, Words] = Field(description="By language.")
    sources: list[Source]
    verified_on: date | None
    valid_until: date | None = Field(description="The last day on which it may be told.")
    changed_at: datetime
    is_demonstration: bool = Field(description="Verified by nobody: never pass it on.")


class Absence(BaseModel):
    """Something that is no longer published."""

    key: str
    since: date


class Answers(BaseModel):
    items: list[Answer]
    gone: list[Absence]
    next: str | None = Field(description="What `after` is for the next page; null on the last.")


def answers_router(desk: Desk) -> APIRouter:
    router = APIRouter(
        tags=["answers"],
        dependencies=[Depends(require(Scope.ANSWERS_READ))],
        responses={**unchanged(), **refusals()},
    )

    @router.get("/answers", response_model=Answers, summary="Published answers")
    async def list_answers(
        request: Request,
        topic: Annotated[
            str | None, Query(pattern="^[a-z0-9_.]{1,64}$", description="As `asylum.apply`.")
        ] = None,
        language: Language = None,
        changed_since: Since = None,
        after: Key = "",
        limit: Limit = 50,
    ) -> Response:
        """Scope `answers:read`. In the order of their topics, a page at a time."""
        desk.check_language(language)
        wanted = desk.slice(after, limit, changed_since)
        async with desk.database.read() as session:
            page = await read_answers(session, wanted, topic=topic, language=language)
        return reply(
            request,
            Answers(
                items=[_to_answer(each) for each in page.items],
                gone=to_absences(page.gone),
                next=page.last,
            ),
        )

    return router


def to_absences(gone: Sequence[Gone]) -> list[Absence]:
    return [Absence(key=each.key, since=each.since) for each in gone]


def _to_answer(published: PublishedAnswer) -> Answer:
    row = published.row
    return Answer(
        topic=row.topic,
        version=row.version,
        code=row.code,
        owner=published.owner,
        is_sensitive=row.sensitive,
        need=row.need,
        related=row.related,
        texts={
            language: Words(
                title=words.title,
                text=words.text,
                steps=[
                    Step(step=step, text=words.steps[step])
                    for step in STEPS
                    if words.steps.get(step)
                ],
                is_checked=words.checked_at is not None,
            )
            for language, words in published.texts.items()
        },
        sources=[
            Source(
                name=source["name"],
                url=source.get("url"),
                date=source["date"],
                confidence=source["confidence"],
            )
            for source in row.sources
        ],
        verified_on=row.verified_at.date() if row.verified_at else None,
        valid_until=row.valid_until,
        changed_at=row.changed_at,
        is_demonstration=row.is_demonstration,
    )
