"""A past of updates: written, approved by a second person, sent, stopped; one still under way.

The rows go through the same triggers as real ones. Checks that count the audience are left out:
they would count a million people twice for each update.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Fault, SendState
from broadcast.audience import Audience
from broadcast.control import pause, stop
from broadcast.models import Approval, Delivery, Update
from broadcast.policy import Policy
from broadcast.reasons import Reason
from broadcast.states import Move, State, next_state
from broadcast.versions import Draft, lock_update
from broadcast.writing import compose, withdraw
from hub.app.demodata.bulk import Row, derive_id, insert_bulk
from hub.app.demodata.crowd import DAYS, Crowd
from hub.app.demodata.past import Past
from hub.app.demodata.words import COMMENT, UPDATES
from hub.staff.audit import record_act

# The newest first; all before these were sent.
_ENDS = (
    State.DRAFT,
    State.SENDING,
    State.SENT,
    State.IN_REVIEW,
    State.SENT,
    State.PAUSED,
    State.SENT,
    State.CANCELLED,
    State.APPROVED,
    State.SENT,
    State.EXPIRED,
    State.WITHDRAWN,
    State.SENT,
    State.IN_REVIEW,
)
_NATIONAL_EVERY = 40  # the others are for one department
_PLACES = (
    ("24", "Tumbes"),
    ("15", "Lima"),
    ("13", "La Libertad"),
    ("20", "Piura"),
    ("23", "Tacna"),
    ("15", "Lima"),
    ("07", "Callao"),
    ("04", "Arequipa"),
)
_MOST_WAITING = 500  # copies that the demonstration still sends when it starts
_FATES = (
    (SendState.READ, None, None),
    (SendState.DELIVERED, None, None),
    (SendState.SENT, None, None),
    (SendState.FAILED, "63024", Fault.RECIPIENT),
    (SendState.FAILED, Reason.NEVER_LEFT, None),
    (SendState.CANCELLED, Reason.OUTSIDE_WINDOW, None),
    (SendState.CANCELLED, Reason.OPTED_OUT, None),
    (SendState.IN_DOUBT, None, None),
)
_FATE_WEIGHTS = (460, 260, 170, 25, 8, 60, 14, 3)


@dataclass(frozen=True)
class Staff:
    author: str
    verifier: str
    approver: str


@dataclass(frozen=True)
class _Plan:
    """One update of the past; `at` is when it begins to be sent."""

    number: int
    end: State
    at: datetime
    audience: Audience
    place: str
    not_after: datetime


def plan_updates(past: Past, crowd: Crowd, policy: Policy, staff: Staff, number: int) -> None:
    """Note the acts of so many updates, evenly over the past."""
    chance = Random(f"{crowd.seed} updates")  # noqa: S311
    for place in range(number):
        _Story(past, crowd, policy, staff, _plan(chance, crowd.now, place, number)).tell()


def _plan(chance: Random, now: datetime, place: int, number: int) -> _Plan:
    end = _ENDS[place] if place < len(_ENDS) else State.SENT
    days = (DAYS - 10) * place / max(number, len(_ENDS))
    at = now - timedelta(days=days, hours=2 + chance.randrange(3), minutes=chance.randrange(60))
    is_national = place % _NATIONAL_EVERY == 4
    code, name = _PLACES[place % len(_PLACES)]
    is_over = end in (State.SENT, State.CANCELLED, State.EXPIRED)
    return _Plan(
        place,
        end,
        at,
        Audience() if is_national else Audience(areas=(code,)),
        "Perú" if is_national else name,
        at + timedelta(hours=36) if is_over else now + timedelta(days=4),
    )


@dataclass(frozen=True)
class _Story:
    """What happens to one update, act by act."""

    past: Past
    crowd: Crowd
    policy: Policy
    staff: Staff
    plan: _Plan
    _ids: list[str] = field(default_factory=list)  # one, once it is composed

    @property
    def update_id(self) -> str:
        return self._ids[0]

    def tell(self) -> None:
        at, end = self.plan.at, self.plan.end
        self.past.at(at - timedelta(hours=7), self._compose)
        if end is State.WITHDRAWN:
            self.past.at(at - timedelta(hours=3), self._withdraw)
        if end in (State.DRAFT, State.WITHDRAWN):
            return
        self.past.at(at - timedelta(hours=2), self._submit)
        if end is State.IN_REVIEW:
            return
        self.past.at(at - timedelta(minutes=20), self._approve)
        if end is State.APPROVED:
            return
        self.past.at(at - self.policy.undo, self._schedule)
        self.past.at(at, self._start)
        self._tell_end(at)

    def _tell_end(self, at: datetime) -> None:
        match self.plan.end:
            case State.SENT:
                self.past.at(at + timedelta(minutes=50), self._finish)
            case State.PAUSED:
                self.past.at(at + timedelta(minutes=15), self._pause)
            case State.CANCELLED:
                self.past.at(at + timedelta(minutes=12), self._stop)
            case State.EXPIRED:
                self.past.at(self.plan.not_after, self._expire)

    async def _compose(self, session: AsyncSession, now: datetime) -> None:
        title, words = UPDATES[self.plan.number % len(UPDATES)]
        send_at = self.crowd.now + timedelta(days=1) if self.plan.end is State.APPROVED else None
        draft = Draft(
            f"{title}: {self.plan.place}",
            {name: text % {"place": self.plan.place} for name, text in words.items()},
            self.plan.audience,
            send_at,
            self.plan.not_after,
        )
        row = await compose(session, draft, self.policy, author=self.staff.author, now=now)
        self._ids.append(row.id)
        if self.plan.end is State.DRAFT:
            row.comment = COMMENT

    async def _withdraw(self, session: AsyncSession, now: datetime) -> None:
        await withdraw(session, self.update_id, actor=self.staff.author, now=now)

    async def _submit(self, session: AsyncSession, now: datetime) -> None:
        row = await lock_update(session, self.update_id)
        row.submitter_id = self.staff.author
        await self._move(session, row, Move.SUBMIT, self.staff.author, now)

    async def _approve(self, session: AsyncSession, now: datetime) -> None:
        row = await lock_update(session, self.update_id)
        approval = Approval(
            update_id=row.id,
            version=row.version,
            content_hash=row.content_hash,
            approver_id=self.staff.approver,
            author_id=row.author_id,
            submitter_id=self.staff.author,
            at=now,
            people=0,  # of a past that was made up at once: caps are for what people approve
            day=now.toordinal(),
        )
        session.add(approval)
        await session.flush()
        details = {"hash": row.content_hash}
        await self._move(session, row, Move.APPROVE, self.staff.approver, now, **details)

    async def _schedule(self, session: AsyncSession, now: datetime) -> None:
        row = await lock_update(session, self.update_id)
        row.starts_at = self.plan.at
        await self._move(session, row, Move.SCHEDULE, "system", now)

    async def _start(self, session: AsyncSession, now: datetime) -> None:
        row = await lock_update(session, self.update_id)
        people = await insert_bulk(session, Delivery, _COLUMNS, self._deliveries())
        row.started_at, row.people = now, people
        await self._move(session, row, Move.START, "system", now, people=people)

    async def _finish(self, session: AsyncSession, now: datetime) -> None:
        row = await lock_update(session, self.update_id)
        row.ended_at = now
        await self._move(session, row, Move.FINISH, "system", now)

    async def _pause(self, session: AsyncSession, now: datetime) -> None:
        await pause(session, self.update_id, actor=self.staff.approver, now=now)

    async def _stop(self, session: AsyncSession, now: datetime) -> None:
        await stop(session, self.update_id, actor=self.staff.approver, now=now)

    async def _expire(self, session: AsyncSession, now: datetime) -> None:
        row = await lock_update(session, self.update_id)
        row.ended_at = now
        await self._move(session, row, Move.EXPIRE, "system", now)

    async def _move(
        self,
        session: AsyncSession,
        row: Update,
        move: Move,
        actor: str,
        now: datetime,
        **details: object,
    ) -> None:
        row.state, row.changed_at = next_state(State(row.state), move), now
        await record_act(
            session, now, actor, move, "update", row.id, version=row.version, **details
        )

    def _deliveries(self) -> Iterator[Row]:
        """One copy for everybody of the audience who had asked by then."""
        chance = Random(f"{self.crowd.seed} deliveries {self.plan.number}")  # noqa: S311
        people = self._people()
        fates = chance.choices(_FATES, _FATE_WEIGHTS, k=len(people))
        waiting = self._waiting(len(people))
        written = set(UPDATES[self.plan.number % len(UPDATES)][1])
        undone = self._fate_of_undone()
        for place, who in enumerate(people):
            language = self.crowd.language_of(who)
            state, code, fault = undone if place < waiting else fates[place]
            left = None
            if state is not SendState.QUEUED and state is not SendState.CANCELLED:
                left = self.plan.at + timedelta(seconds=place * 2700 / len(people))
            yield (
                derive_id(self.crowd.seed, f"delivery {self.plan.number}", who),
                self.update_id,
                self.crowd.contact_id(who),
                self.crowd.address_id(who),
                self.crowd.channel_of(who),
                language if language in written else self.policy.default_language,
                state,
                1 if left else 0,
                f"demo-{self.plan.number}-{who}" if left else None,
                code,
                fault,
                self.plan.at,
                left,
                left + timedelta(seconds=8) if left else None,
            )

    def _people(self) -> list[int]:
        crowd, codes, begins = self.crowd, self.plan.audience.areas, int(self.plan.at.timestamp())
        inside = [not codes or code.startswith(codes) for code in crowd.areas]
        inside.append(not codes)
        last = len(crowd.areas)
        return [
            who
            for who in range(crowd.size)
            if crowd.is_in[who]
            and inside[min(crowd.area[who], last)]
            and crowd.wrote_first[who] < begins
        ]

    def _waiting(self, people: int) -> int:
        match self.plan.end:
            case State.SENDING:
                return min(people // 4, _MOST_WAITING)
            case State.PAUSED | State.CANCELLED:
                return people // 3
            case State.EXPIRED:
                return people // 10
        return 0

    def _fate_of_undone(self) -> tuple[SendState, str | None, Fault | None]:
        if self.plan.end is State.EXPIRED:
            return SendState.CANCELLED, Reason.EXPIRED, None
        return SendState.QUEUED, None, None


_COLUMNS = (
    "id",
    "update_id",
    "contact_id",
    "address_id",
    "channel",
    "language",
    "state",
    "attempts",
    "provider_id",
    "error_code",
    "fault",
    "due_at",
    "claimed_at",
    "settled_at",
)
