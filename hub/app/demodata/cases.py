"""Cases of made-up people: most closed, some being handled, some waiting, a few of them late."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from bot.case_desk import OUTCOMES
from bot.case_models import Case
from bot.cases import (
    CASE_TEXT_VERSION,
    FOR_ANYTHING_ELSE,
    FOR_RUMOURS,
    CaseKind,
    CaseState,
    MessageKind,
    add_message,
)
from bot.form_fields import SUB_GROUPS, VALUES
from hub.app.demodata.bulk import derive_id
from hub.app.demodata.crowd import Crowd, moment
from hub.app.demodata.past import Past
from hub.app.demodata.words import NOTES, REPLIES, SAID
from hub.staff.audit import record_act
from hub.vault import Vault

_KINDS = (CaseKind.HANDOVER, CaseKind.RUMOUR, CaseKind.COMPLAINT)
_KIND_WEIGHTS = (75, 12, 13)
_REASONS = {CaseKind.HANDOVER: "reason", CaseKind.RUMOUR: "heard", CaseKind.COMPLAINT: "kind"}
_OPEN_FOR = timedelta(days=4)  # what is older was mostly handled


@dataclass(frozen=True)
class Handlers:
    """Staff ids by what they may handle."""

    requests: str
    complaints: str


def plan_cases(past: Past, vault: Vault, crowd: Crowd, handlers: Handlers, number: int) -> None:
    """Note so many cases, each of somebody who wrote at that moment."""
    chance = Random(f"{crowd.seed} cases")  # noqa: S311
    number = min(number, len(crowd.exchanges))
    moments = sorted(_draw_exchanges(chance, crowd, number))
    for place, exchange in enumerate(moments):
        story = _draw(chance, vault, crowd, handlers, place, exchange)
        past.at(story.at, story.open)
        if story.end is not CaseState.OPEN:
            past.at(min(story.at + timedelta(hours=5), crowd.now), story.take)
        if story.end is CaseState.CLOSED:
            past.at(min(story.at + timedelta(hours=20), crowd.now), story.close)


@dataclass(frozen=True)
class _Story:
    vault: Vault
    case_id: str
    who: tuple[str, str]
    kind: CaseKind
    reason: str
    area: str | None
    language: str
    is_sensitive: bool
    at: datetime
    end: CaseState
    handler: str
    said: str = field(repr=False)
    note: str | None = field(repr=False)
    reply: str = field(repr=False)
    outcome: str

    async def open(self, session: AsyncSession, now: datetime) -> None:
        session.add(
            Case(
                id=self.case_id,
                contact_id=self.who[0],
                address_id=self.who[1],
                kind=self.kind,
                reason=self.reason,
                area=self.area,
                language=self.language,
                wants_reply=self.kind is not CaseKind.RUMOUR,
                is_sensitive=self.is_sensitive,
                consent_version=CASE_TEXT_VERSION,
                consented_at=now,
                owner=self._owner,
                barred=[],
                state=CaseState.OPEN,
                created_at=now,
                updated_at=now,
            )
        )
        await session.flush()
        add_message(session, self.vault, self.case_id, MessageKind.SAID, self.said, now)

    async def take(self, session: AsyncSession, now: datetime) -> None:
        case = await session.get_one(Case, self.case_id)
        case.state, case.taken_by, case.updated_at = CaseState.TAKEN, self.handler, now
        await self._record(session, now, "case_take", kind=self.kind)
        if self.note:
            await self._write(session, MessageKind.NOTE, self.note, now)

    async def close(self, session: AsyncSession, now: datetime) -> None:
        case = await session.get_one(Case, self.case_id)
        if case.wants_reply:
            await self._write(session, MessageKind.ANSWER, self.reply, now)
        case.state, case.outcome = CaseState.CLOSED, self.outcome
        case.updated_at = case.closed_at = now
        await self._record(session, now, "case_close", outcome=self.outcome)

    @property
    def _owner(self) -> str:
        if self.kind is CaseKind.RUMOUR:
            return FOR_RUMOURS
        if self.kind is CaseKind.COMPLAINT:
            return FOR_ANYTHING_ELSE
        return SUB_GROUPS.get(self.reason, (FOR_ANYTHING_ELSE,))[0]

    async def _write(
        self, session: AsyncSession, kind: MessageKind, text: str, now: datetime
    ) -> None:
        add_message(session, self.vault, self.case_id, kind, text, now, self.handler)
        await self._record(session, now, f"case_{kind}")

    async def _record(
        self, session: AsyncSession, now: datetime, action: str, **details: object
    ) -> None:
        await record_act(session, now, self.handler, action, "case", self.case_id, **details)


def _draw(
    chance: Random, vault: Vault, crowd: Crowd, handlers: Handlers, place: int, exchange: int
) -> _Story:
    kind = chance.choices(_KINDS, _KIND_WEIGHTS)[0]
    who, at = crowd.writers[exchange], moment(crowd.exchanges[exchange] + 60)
    at = min(at, crowd.now)
    return _Story(
        vault=vault,
        case_id=derive_id(crowd.seed, "case", place),
        who=(crowd.contact_id(who), crowd.address_id(who)),
        kind=kind,
        reason=chance.choice(VALUES[_REASONS[kind]]),
        area=crowd.area_of(who),
        language=crowd.language_of(who),
        is_sensitive=kind is CaseKind.COMPLAINT or chance.random() < 0.2,
        at=at,
        end=_draw_end(chance, is_recent=crowd.now - at < _OPEN_FOR),
        handler=handlers.complaints if kind is CaseKind.COMPLAINT else handlers.requests,
        said=chance.choice(SAID[kind]),
        note=_choose(chance, NOTES, 0.4),
        reply=chance.choice(REPLIES),
        outcome=chance.choice(OUTCOMES[kind]),
    )


def _draw_exchanges(chance: Random, crowd: Crowd, number: int) -> list[int]:
    """A third of them of the last days, so that the desk has something to do."""
    recent = int((crowd.now - _OPEN_FOR).timestamp())
    begin = bisect_left(crowd.exchanges, recent)
    late = range(begin, len(crowd.exchanges))
    some = chance.sample(late, min(len(late), number // 3))
    return some + chance.sample(range(begin), min(begin, number - len(some)))


def _draw_end(chance: Random, *, is_recent: bool) -> CaseState:
    weights = (60, 30, 10) if is_recent else (2, 3, 95)
    return chance.choices((CaseState.OPEN, CaseState.TAKEN, CaseState.CLOSED), weights)[0]


def _choose(chance: Random, texts: Sequence[str], share: float) -> str | None:
    return chance.choice(texts) if chance.random() < share else None
