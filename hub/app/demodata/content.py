"""Answers and services at work: drafts, versions in review, one sent back, some about to end.

Done by the demonstration's staff through the same rules as in the console. Nothing is verified
here by a person: what the demonstration tells stays marked as approved by itself.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.conditions import Condition, set_condition
from content.models import Answer, Service
from content.review import (
    NotReadyError,
    WithdrawalReason,
    edit_answer,
    recheck_service,
    send_back,
    submit_answer,
    withdraw_service,
)
from content.rows import read_topic
from content.states import State
from hub.app.demodata.past import Past
from hub.app.demodata.updates import Staff
from hub.app.demodata.words import ADDED, COMMENT
from hub.i18n import FALLBACK
from hub.staff.models import StaffMember

_DRAFTS, _IN_REVIEW, _SENT_BACK, _DUE, _OVER = 3, 4, 1, 4, 2
_EVERY = 7  # topics from one touched version to the next, so that all sub-groups have some


async def plan_content(session: AsyncSession, past: Past, staff: Staff, now: datetime) -> None:
    answers = await _approved(session, Answer, Answer.topic)
    number = _DRAFTS + _IN_REVIEW + _SENT_BACK
    for place, answer_id in enumerate(answers[:: max(1, len(answers) // number)][:number]):
        at = now - timedelta(days=place + 1, hours=3)
        past.at(at, _Edit(answer_id, staff, place).happen)
    for place, answer_id in enumerate(answers[1::_EVERY][: _DUE + _OVER]):
        past.at(now, _End(Answer, answer_id, 5 if place < _DUE else -3).happen)
    services = await _approved(session, Service, Service.key)
    for place, service_id in enumerate(services[::_EVERY]):
        past.at(now - timedelta(hours=2), _Care(service_id, staff, place).happen)


async def _approved(
    session: AsyncSession, model: type[Answer] | type[Service], order: object
) -> list[str]:
    query = select(model.id).where(model.state == State.APPROVED)
    return list(await session.scalars(query.order_by(order)))  # type: ignore[arg-type]


class _Edit:
    """A new version of an answer, as far as its place says."""

    def __init__(self, answer_id: str, staff: Staff, place: int) -> None:
        self._answer_id, self._staff, self._place = answer_id, staff, place

    async def happen(self, session: AsyncSession, now: datetime) -> None:
        row = await session.get_one(Answer, self._answer_id)
        author = await session.get_one(StaffMember, self._staff.author)
        before = await read_topic(session, row)
        texts = {**before.texts, FALLBACK: f"{before.texts[FALLBACK]}\n\n{ADDED}"}
        after = replace(before, texts=texts)
        draft = await edit_answer(session, row.id, after, author, now)
        if self._place < _DRAFTS:
            return
        try:
            await submit_answer(session, draft.id, author, now + timedelta(minutes=20))
        except NotReadyError:
            return  # it became too long: a draft then
        if self._place < _DRAFTS + _SENT_BACK:
            verifier = await session.get_one(StaffMember, self._staff.verifier)
            await send_back(session, draft.id, verifier, COMMENT, now + timedelta(hours=1))


class _End:
    """The last day of a version, so many days from now."""

    def __init__(self, model: type[Answer] | type[Service], row_id: str, days: int) -> None:
        self._model, self._row_id, self._days = model, row_id, days

    async def happen(self, session: AsyncSession, now: datetime) -> None:
        row: Answer | Service = await session.get_one(self._model, self._row_id)
        row.valid_until = now.date() + timedelta(days=self._days)


class _Care:
    """A desk says something for today, somebody asks for a new check, a place is given up."""

    def __init__(self, service_id: str, staff: Staff, place: int) -> None:
        self._service_id, self._staff, self._place = service_id, staff, place

    async def happen(self, session: AsyncSession, now: datetime) -> None:
        author = await session.get_one(StaffMember, self._staff.author)
        verifier = await session.get_one(StaffMember, self._staff.verifier)
        match self._place % 4:
            case 0:
                condition = Condition.FULL if self._place else Condition.CLOSED
                until = now + timedelta(hours=10)
                await set_condition(session, self._service_id, condition, until, verifier, now)
            case 1 | 2:
                await recheck_service(session, self._service_id, author, now)
            case _:
                await withdraw_service(
                    session, self._service_id, verifier, WithdrawalReason.MOVED, "", now
                )
